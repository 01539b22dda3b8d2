"""What a person sees of a run: a live table on a terminal, plain lines elsewhere.

The run itself only writes events (see `components.progress`); a thread here follows them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import sys
import textwrap
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TextIO, TypeVar

from rich.console import Console
from rich.live import Live

from components.text import in_line, masked
from pipeline.cli.board import Board, event_line

T = TypeVar("T")


def say(text: str, to: IO[str] | None = None) -> None:
    """Prints a line: whatever is in it, it is one line, and holds no secret.

    Args:
      text: the line.
      to: where; None for the standard output.
    """
    print(in_line(masked(text)), file=to, flush=True)


def say_prose(text: str) -> None:
    """Prints a sentence: on a terminal lines end between its words; elsewhere see `say`."""
    if not sys.stdout.isatty():
        say(text)
        return
    width = shutil.get_terminal_size().columns
    text = in_line(masked(text))
    for line in textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]:
        say(line)


def say_json(value: Any, to: IO[str] | None = None) -> None:
    """Prints a value as JSON, and no secret.

    Args:
      value: of JSON's types, and dataclasses of such.
      to: where; None for the standard output.

    Raises:
      ValueError: a figure is no finite number, which JSON does not have.
    """
    # By default all letters but ASCII's are escaped, and with them all that acts on a terminal.
    text = json.dumps(value, indent=1, default=_as_plain, allow_nan=False)
    print(masked(text), file=to, flush=True)


def _as_plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


def complain(text: str) -> None:
    """Says on the standard error what went wrong."""
    say(text, sys.stderr)


@contextlib.contextmanager
def output_into(log: Path) -> Iterator[TextIO]:
    """Sends all that this process prints, C++ libraries included, to a file meanwhile.

    Yields:
      The standard output as it was, for what people should see.
    """
    _flush()
    saved_out, saved_err = os.dup(1), os.dup(2)
    # Nothing that is written here is a program; what os.open makes would be.
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.dup2(file, 1)
        os.dup2(file, 2)
        with os.fdopen(os.dup(saved_out), "w", encoding="utf-8", buffering=1) as terminal:
            yield terminal
    finally:
        _flush()  # what is still in a buffer belongs to the file
        os.dup2(saved_out, 1)
        os.dup2(saved_err, 2)
        for descriptor in (saved_out, saved_err, file):
            os.close(descriptor)


@contextlib.contextmanager
def quiet() -> Iterator[TextIO]:
    """Throws away what TensorFlow and TFX print meanwhile, for commands that have no log.

    Yields:
      The standard output as it was, for what people should see.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with output_into(Path(os.devnull)) as terminal:
        yield terminal


def quietly(items: Iterable[T]) -> Iterator[T]:
    """The same items; what is printed while one is made is thrown away, see `quiet`."""
    made = iter(items)
    while True:
        with quiet():
            try:
                item = next(made)
            except StopIteration:
                return
        yield item


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


@contextlib.contextmanager
def following(events: Path, terminal: TextIO, *, is_terminal: bool | None = None) -> Iterator[None]:
    """Shows a run's events on `terminal` while the body runs.

    Args:
      events: the run's event log.
      terminal: where to show them.
      is_terminal: whether it can show a live table; None: ask it.
    """
    console = Console(file=terminal, force_terminal=is_terminal, markup=False, emoji=False)
    end = threading.Event()
    show = _show_table if console.is_terminal else _show_lines
    thread = threading.Thread(target=show, args=(events, console, end), daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def _show_table(events: Path, console: Console, end: threading.Event) -> None:
    board = Board()
    # What others print to the standard streams belongs into the log, not above the table.
    with Live(
        "loading TensorFlow and TFX …",
        console=console,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as live:
        for event in _tail(events, end):
            if event:
                board.take(event)
            elif board.nodes:
                live.update(board, refresh=True)


def _show_lines(events: Path, console: Console, end: threading.Event) -> None:
    for event in _tail(events, end):
        line = event_line(event) if event else None
        if line:
            say(line, console.file)


def _tail(path: Path, end: threading.Event) -> Iterator[dict[str, Any] | None]:
    """Yields events as they are written, and None whenever there are no more for now."""
    position, rest = 0, ""
    while True:
        last = end.is_set()
        if path.exists():
            with open(path, encoding="utf-8") as file:
                file.seek(position)
                new = file.read()
                position = file.tell()
            *lines, rest = (rest + new).split("\n")
            for line in lines:
                yield json.loads(line)
        yield None
        if last:
            return
        end.wait(0.25)

"""What a person sees of a run: a live table on a terminal, plain lines elsewhere.

The run itself only writes events (see `components.progress`); a thread here follows them.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from components.text import in_line, masked
from pipeline.report.text import LONGEST_IN_CELL, in_terminal

_STYLES = {
    "waiting": "dim",
    "running": "yellow",
    "done": "green",
    "cached": "cyan",
    "failed": "red",
    "stopped": "dim",
}


def say(text: str, to: IO[str] | None = None) -> None:
    """Prints a line: whatever is in it, it is one line, and holds no secret.

    Args:
      text: the line.
      to: where; None for the standard output.
    """
    print(in_line(masked(text)), file=to, flush=True)


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


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


@dataclass
class NodeState:
    """One node, as far as its events tell.

    Attributes:
      state: "waiting", "running", "done", "cached", "failed", "stopped".
      started: seconds since the epoch, or None.
      seconds: how long it took, or None while it runs.
      note: the last epoch's figures, or the error.
    """

    state: str = "waiting"
    started: float | None = None
    seconds: float | None = None
    note: str = ""


@dataclass
class Board:
    """The state of all nodes of a run, fed with its events."""

    nodes: dict[str, NodeState] = field(default_factory=dict)

    def take(self, event: dict[str, Any]) -> None:
        """Takes one event in."""
        kind = event["kind"]
        if kind == "run":
            self.nodes = {name: NodeState() for name in event["nodes"]}
        elif kind == "node":
            node = self.nodes.setdefault(event["node"], NodeState())
            node.state = event["state"]
            if node.state == "running":
                node.started = event["time"]
            else:
                node.seconds = event["seconds"]
            if "error" in event:
                node.note = event["error"]
        elif kind == "epoch" and event["node"] in self.nodes:
            self.nodes[event["node"]].note = epoch_line(event)
        elif kind == "notice":
            self.nodes.setdefault(event["node"], NodeState()).note = event["text"]
        elif kind == "progress" and event["node"] in self.nodes:
            self.nodes[event["node"]].note = progress_line(event)

    def table(self) -> Table:
        """The board for a terminal."""
        table = Table(box=None, pad_edge=False)
        table.add_column("node")
        table.add_column("state", min_width=7)
        table.add_column("seconds", justify="right")
        table.add_column("", overflow="ellipsis", no_wrap=True)
        for name, node in self.nodes.items():
            seconds = node.seconds
            if node.state == "running" and node.started:
                seconds = time.time() - node.started
            shown = "" if seconds is None else f"{seconds:.1f}"
            table.add_row(
                in_terminal(name, longest=LONGEST_IN_CELL),
                Text(node.state, style=_STYLES[node.state]),
                shown,
                in_terminal(masked(node.note)),
            )
        return table


def epoch_line(event: dict[str, Any]) -> str:
    """An epoch in one line."""
    return (
        f"epoch {event['epoch']}/{event['epochs']}  "
        f"accuracy {event['accuracy']:.4f}, on eval {event['eval_accuracy']:.4f}  "
        f"({event['seconds']:.1f} s)"
    )


def progress_line(event: dict[str, Any]) -> str:
    """How far a node is, in one line."""
    return f"{event['what']}: {event['done']:,} of {event['total']:,}"


def event_line(event: dict[str, Any]) -> str | None:
    """An event in one line, for logs; None for those that need none."""
    if event["kind"] == "notice":
        return f"{event['node']:<18} {event['text']}"
    if event["kind"] == "epoch":
        return f"{event['node']:<18} {epoch_line(event)}"
    if event["kind"] == "node":
        if event["state"] == "running":
            return f"{event['node']:<18} running"
        return f"{event['node']:<18} {event['state']:<7} {event['seconds']:6.1f} s"
    return None


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
                live.update(board.table(), refresh=True)


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

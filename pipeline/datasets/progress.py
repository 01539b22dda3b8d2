"""Shows on the terminal how far downloads are."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn
from rich.progress import Progress as Bar

from components.text import in_line, masked
from pipeline.datasets.download import Progress


@contextlib.contextmanager
def download_bar() -> Iterator[tuple[Progress, Callable[[str], None]]]:
    """Gives what shows how far downloads are, and what prints a line."""
    out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    bar = Bar(*columns, console=out, transient=True)
    tasks: dict[str, Any] = {}

    def say(text: str) -> None:
        out.print(in_line(masked(text)))

    def progress(what: str, done: int, total: int | None) -> None:
        if what not in tasks:
            say(f"fetching {what}")
            tasks[what] = bar.add_task(in_line(what), total=total)
            if out.is_terminal:
                bar.start()
        bar.update(tasks[what], completed=done, total=total)

    try:
        yield progress, say
    finally:
        if out.is_terminal:
            bar.stop()

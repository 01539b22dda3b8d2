"""Shows on the terminal how far downloads are."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn
from rich.progress import Progress as Bar

from pipeline.datasets.download import Progress


@contextlib.contextmanager
def download_bar() -> Iterator[tuple[Progress, Callable[[str], None]]]:
    """Gives what shows how far downloads are, and what prints a line."""
    out = Console(soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    bar = Bar(*columns, console=out, transient=True)
    tasks: dict[str, Any] = {}

    def progress(what: str, done: int, total: int | None) -> None:
        if what not in tasks:
            out.print(f"fetching {what}")
            tasks[what] = bar.add_task(what, total=total)
            if out.is_terminal:
                bar.start()
        bar.update(tasks[what], completed=done, total=total)

    try:
        yield progress, out.print
    finally:
        if out.is_terminal:
            bar.stop()

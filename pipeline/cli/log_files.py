"""A run's logs as one text: that of the run, and a file a node, read as `tail` does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.runs.folders import RunFolder

_PAUSE = 0.25  # seconds between two looks


def follow(run: RunFolder, node: str | None, *, goes_on: bool) -> Iterator[str]:
    """The lines of a run's logs. Where there are several files, a line `==> name <==` says whose.

    Args:
      run: any.
      node: only this one's; None for all.
      goes_on: whether to wait for more until the run ends.
    """
    read: dict[Path, int] = {}
    shown: Path | None = None
    while True:
        # Looked at first: what is written until the end is read after it.
        running = goes_on and run.experiment.is_running() and run == run.experiment.runs()[-1]
        for file in _files(run, node):
            for line in _new_lines(file, read, last=not running):
                if not node and file != shown:
                    yield f"==> {file.stem} <=="
                shown = file
                yield line
        if not running:
            return
        time.sleep(_PAUSE)


def _files(run: RunFolder, node: str | None) -> list[Path]:
    files = [run.node_log(node)] if node else [run.log, *run.node_logs.glob("*.txt")]
    events = run.read_events() if run.node_logs.is_dir() and not node else []
    order = {node: at for at, node in enumerate(_nodes(events))}
    there = [file for file in files if file.is_file()]
    return sorted(there, key=lambda file: (file != run.log, order.get(file.stem, -1), file.name))


def _nodes(events: list[dict[str, Any]]) -> list[str]:
    return next((event["nodes"] for event in events if event["kind"] == "run"), [])


def _new_lines(file: Path, read: dict[Path, int], *, last: bool) -> Iterator[str]:
    """The whole lines that were not read yet; at the last look, what is left, too."""
    with open(file, "rb") as stream:
        stream.seek(read.get(file, 0))
        for line in stream:
            if not line.endswith(b"\n") and not last:
                return
            read[file] = read.get(file, 0) + len(line)
            yield line.decode("utf-8", "replace").rstrip("\r\n")

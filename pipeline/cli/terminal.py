"""How runs look on a terminal: side by side, and as a list."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipeline.cli.words import age, bytes_in_words, count
from pipeline.datasets.locate import SAMPLE
from pipeline.report.comparison import Comparison
from pipeline.report.text import LONGEST_IN_CELL, in_terminal

if TYPE_CHECKING:
    from pipeline.runs.listing import ListedRun

# How the words for a state and for a node go together.
_AT = {"failed": "at", "stopped": "at", "running": "at", "partial": "up to"}


def print_comparison(comparison: Comparison) -> None:
    """Prints runs side by side, and the settings that differ."""
    table = Table(box=None, pad_edge=False)
    texts = ("run", "experiment", "metric")
    for column in (*texts, "seeds", "baseline", "candidate", "points", "95 %"):
        table.add_column(column, justify="left" if column in texts else "right")
    table.add_column("conclusion")
    for run in comparison.runs:
        table.add_row(
            in_terminal(run.run),
            in_terminal(run.experiment),
            in_terminal(run.metric),
            str(run.seeds),
            f"{run.baseline:.4f}",
            f"{run.candidate:.4f}",
            f"{100 * run.difference:+.2f}",
            f"{100 * run.low:+.2f} … {100 * run.high:+.2f}",
            in_terminal(run.conclusion),
        )
    out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False, width=140)
    out.print(table)
    if comparison.differing:
        out.print("\nsettings that differ:")
    for name, values in comparison.differing.items():
        out.print(in_terminal(f"  {name}: {', '.join(map(str, values))}"))


def print_runs(listed: Sequence[ListedRun]) -> None:
    """Prints a line a run, and how much room they take."""
    table = Table(box=None, pad_edge=False)
    for column in ("run", "experiment", "started", "state", "conclusion", "data"):
        table.add_column(column, no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    for run in listed:
        started = datetime.datetime.fromisoformat(run.started) if run.started else None
        stand_in = " (stand-in)" if run.data_kind == SAMPLE else ""
        table.add_row(
            in_terminal(run.run),
            in_terminal(run.experiment),
            f"{age(started, now)} ago" if started else "",
            in_terminal(_state(run)),
            in_terminal(run.conclusion),
            in_terminal(f"{run.data}{stand_in}", longest=LONGEST_IN_CELL),
            bytes_in_words(run.bytes),
        )
    out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False, width=140)
    out.print(table)
    total = sum(run.bytes for run in listed)
    out.print(f"{count(len(listed), 'run')}, {bytes_in_words(total)}; `clean` says what could go")


def _state(run: ListedRun) -> str:
    state = run.state.value
    return f"{state} {_AT[state]} {run.node}" if run.node else state

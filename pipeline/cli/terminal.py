"""How runs look on a terminal: side by side, and as a list."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from pipeline.cli.words import age, bytes_in_words, count
from pipeline.datasets.locate import SAMPLE
from pipeline.report.comparison import Comparison
from pipeline.report.text import LONGEST_IN_CELL, in_terminal

if TYPE_CHECKING:
    from pipeline.report.studies.comparison import ComparedPoint, StudyComparison
    from pipeline.runs.listing import ListedRun

_WIDTH_OF_A_FILE = 200  # characters: of what is no terminal
# Columns of runs, in the order in which they make room: an id says when its run began.
_DISPENSABLE = ("data", "started", "size", "experiment")
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


def print_studies(comparison: StudyComparison) -> None:
    """Prints studies' answers, and their points side by side."""
    out = console_for_tables()
    for study in comparison.studies:
        out.print(in_terminal(f"{study.study} ({study.experiment}): {study.headline}"))
    if not comparison.rows:
        out.print("\nThey vary different settings, so their points are not set side by side.")
        return
    table = Table(box=None, pad_edge=False)
    for name in comparison.varied:
        table.add_column(in_terminal(name), justify="right")
    for study in comparison.studies:
        table.add_column(in_terminal(study.study, longest=LONGEST_IN_CELL))
    for row in comparison.rows:
        cells = ["" if point is None else _study_point(point) for point in row.points]
        table.add_row(*(in_terminal(cell) for cell in (*row.values, *cells)))
    out.print("\npoints, candidate minus baseline (95 %):")
    out.print(table)


def _study_point(point: ComparedPoint) -> str:
    if point.difference is None or point.low is None or point.high is None:
        return point.conclusion
    figures = f"{100 * point.difference:+.2f} ({100 * point.low:+.2f} … {100 * point.high:+.2f})"
    return f"{figures} {point.conclusion}"


def console_for_tables() -> Console:
    """A console as wide as the terminal; a file has room."""
    out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    if not out.is_terminal:
        out.width = _WIDTH_OF_A_FILE
    return out


def print_runs(listed: Sequence[ListedRun]) -> None:
    """Prints a line a run, and how much room they take; a narrow terminal has fewer columns."""
    out = console_for_tables()
    room = out.options.update(max_width=_WIDTH_OF_A_FILE)
    for number in range(len(_DISPENSABLE) + 1):
        table = _runs(listed, _DISPENSABLE[:number])
        if Measurement.get(out, room, table).maximum <= out.width:
            break
    out.print(table)
    total = sum(run.bytes for run in listed)
    out.print(f"{count(len(listed), 'run')}, {bytes_in_words(total)}; `clean` says what could go")


def _runs(listed: Sequence[ListedRun], left_out: Sequence[str]) -> Table:
    now = datetime.datetime.now(datetime.timezone.utc)
    rows = [_cells(run, now) for run in listed]
    table = Table(box=None, pad_edge=False)
    for column in (name for name in rows[0] if name not in left_out):
        table.add_column(column, no_wrap=True, justify="right" if column == "size" else "left")
    for row in rows:
        table.add_row(*(cell for name, cell in row.items() if name not in left_out))
    return table


def _cells(run: ListedRun, now: datetime.datetime) -> dict[str, Text]:
    """A run's cells by their columns."""
    started = datetime.datetime.fromisoformat(run.started) if run.started else None
    state = run.state.value
    stand_in = " (stand-in)" if run.data_kind == SAMPLE else ""
    texts = {
        "run": run.run,
        "experiment": run.experiment,
        "started": age(started, now) if started else "",
        "state": f"{state} {_AT[state]} {run.node}" if run.node else state,
        "conclusion": run.conclusion,
        "data": f"{run.data}{stand_in}",
        "size": bytes_in_words(run.bytes),
    }
    return {name: in_terminal(text, longest=LONGEST_IN_CELL) for name, text in texts.items()}

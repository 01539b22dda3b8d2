"""Writes a study's files: the page, the figures as JSON and as a table, the plots."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from components.evaluator.significance import BETTER, EQUIVALENT, NOT_SHOWN, WORSE
from components.manifest import write_whole
from pipeline.report import html
from pipeline.report.plots import Plot, as_png
from pipeline.report.studies.plots import plots
from pipeline.report.studies.result import (
    PAGE,
    PLOTS,
    RESULT,
    TABLE,
    PointResult,
    StudyResult,
)

# What a point's colour says; the words say it, too.
_KINDS = {BETTER: "better", WORSE: "worse", EQUIVALENT: "equal", NOT_SHOWN: "open"}


def write(folder: Path, result: StudyResult, reports: Sequence[str]) -> Path:
    """Writes all files of a study; returns the page.

    Args:
      folder: of the study.
      result: its figures.
      reports: of each point, its report's path from that folder; "" where there is none.
    """
    (folder / PLOTS).mkdir(parents=True, exist_ok=True)
    drawn = plots(result)
    for plot in drawn:
        (folder / PLOTS / f"{plot.name}.png").write_bytes(as_png(plot))
    write_whole(folder / TABLE, table(result))
    write_whole(folder / PAGE, render(result, drawn, reports))
    RESULT.write(folder, result)  # last: a study that has it has all
    return folder / PAGE


def render(result: StudyResult, drawn: Sequence[Plot], reports: Sequence[str]) -> str:
    """Returns the page: self-contained HTML.

    Args:
      result: the study's figures.
      drawn: its plots.
      reports: see `write`.
    """
    page = resources.files(__package__).joinpath("study.html.j2").read_text("utf-8")
    rows = [
        (point, report, _KINDS.get(point.conclusion, "none"))
        for point, report in zip(result.points, reports, strict=True)
    ]
    return (
        html.environment()
        .from_string(page)
        .render(r=result, rows=rows, grid=_grid(result), plots=drawn)
    )


def _grid(result: StudyResult) -> list[tuple[str, list[tuple[PointResult, str]]]]:
    """Two varied settings: the first one's values down, the second's across."""
    if len(result.axes) != 2 or len(result.points) != len(result.axes[0].values) * len(
        result.axes[1].values
    ):
        return []
    by_values = {tuple(point.values): point for point in result.points}
    down, across = result.axes
    return [
        (
            row,
            [
                (point, _KINDS.get(point.conclusion, "none"))
                for column in across.values
                for point in [by_values[row, column]]
            ],
        )
        for row in down.values
    ]


def table(result: StudyResult) -> str:
    """The figures as CSV: one row a point and seed; of a point without figures, one row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            *(axis.name for axis in result.axes),
            *("run", "conclusion", "seed", "baseline", "candidate"),
            *("difference", "low", "high", "p"),
        ]
    )
    for point in result.points:
        i = point.difference
        interval = (i.estimate, i.low, i.high, i.p) if i else ("",) * 4
        scores = (point.seeds, point.baseline_scores, point.candidate_scores)
        for seed in zip(*(each or ("",) for each in scores), strict=True):
            writer.writerow([*point.values, point.run, point.conclusion, *seed, *interval])
    return text.getvalue()

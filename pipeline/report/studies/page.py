"""Writes a study's files: the page, the figures as JSON and as a table, the plots."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from markupsafe import Markup

from components.evaluator.significance import BETTER, EQUIVALENT, NOT_SHOWN, WORSE
from components.manifest import write_whole
from pipeline.report import html
from pipeline.report.plots import Plot, as_png
from pipeline.report.studies.plots import plots
from pipeline.report.table import Cell, Number, Table, interval, number, signed
from pipeline.runs.study_result import (
    PAGE,
    PLOTS,
    RESULT,
    TABLE,
    PointResult,
    StudyResult,
)
from pipeline.settings.study import GRID

# What a point's colour says, and its sign.
_KINDS = {
    BETTER: ("better", "▲ "),
    WORSE: ("worse", "▼ "),
    EQUIVALENT: ("equal", "= "),
    NOT_SHOWN: ("open", "? "),
}
_NO_KIND = ("none", "")
_ABSENT = "–"  # a part that is not in place


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
    template = resources.files(__package__).joinpath("study.html.j2").read_text("utf-8")
    return html.page(
        template,
        r=result,
        plots=drawn,
        effects=_effects(result) if result.effects else None,
        grid=_grid(result),
        points=(_points if result.design == GRID else _ablation)(result, reports),
    )


def _effects(result: StudyResult) -> Table:
    rows = [
        (
            " × ".join(effect.parts),
            signed(100 * effect.difference.estimate, 2),
            interval(effect.difference, 100, 2),
            "yes" if effect.stands else "no",
        )
        for effect in result.effects
    ]
    columns = ("part", f"points of {result.metric}", "95 % interval", "more than chance")
    return Table("what each part adds", columns, rows)


def _points(result: StudyResult, reports: Sequence[str]) -> Table:
    names = ", ".join(axis.name for axis in result.axes)
    columns = (names, "points", "95 % interval", "conclusion", *result.titles, "report")
    rows: list[Sequence[Cell]] = []
    for point, report in zip(result.points, reports, strict=True):
        accuracies: list[Cell] = [
            "" if mean is None else number(mean, 4) for mean in (point.baseline, point.candidate)
        ]
        rows.append((", ".join(point.values), *_judged(point), *accuracies, _link(point, report)))
    return Table("every point of the study", columns, rows)


def _judged(point: PointResult) -> tuple[Cell, Cell, Cell]:
    """The difference in points, its interval, and what it is called."""
    if point.difference is None:
        return "", "", point.conclusion
    difference = signed(100 * point.difference.estimate, 2)
    return difference, interval(point.difference, 100, 2), point.conclusion


def _link(point: PointResult, report: str) -> Cell:
    return Markup('<a href="{}">{}</a>').format(report, point.run) if report else ""


def _ablation(result: StudyResult, reports: Sequence[str]) -> Table:
    """A design of parts, as papers print it: what is in place, and the accuracy with it."""
    columns = (
        *(axis.name for axis in result.axes),
        *(result.metric, "points against none", "95 % interval", "conclusion", "report"),
    )
    none = next((point.baseline_scores for point in result.points if point.baseline_scores), None)
    rows: list[Sequence[Cell]] = [(*[_ABSENT] * len(result.axes), _spread(none), "", "", "", "")]
    for point, report in zip(result.points, reports, strict=True):
        parts = [
            _part(value, off=axis.values[0])
            for axis, value in zip(result.axes, point.values, strict=True)
        ]
        accuracy = _spread(point.candidate_scores)
        rows.append((*parts, accuracy, *_judged(point), _link(point, report)))
    return Table("the parts, and the accuracy with them", columns, rows)


def _part(value: str, off: str) -> str:
    if value == off:
        return _ABSENT
    return "✓" if value == "true" else f"✓ {value}"


def _spread(scores: Sequence[float] | None) -> Cell:
    """The mean over the seeds, and their standard deviation."""
    if not scores:
        return ""
    mean = number(statistics.mean(scores), 4)
    if len(scores) == 1:
        return mean
    return Number(f"{mean.text} ± {statistics.stdev(scores):.4f}", mean.value)


def _grid(result: StudyResult) -> list[tuple[str, list[tuple[str, str]]]]:
    """Two varied settings: the first one's values down, the second's across."""
    by_values = {tuple(point.values): point for point in result.points}
    if len(result.axes) != 2 or result.design != GRID:
        return []
    down, across = result.axes
    return [
        (row, [_cell(by_values[row, column]) for column in across.values]) for row in down.values
    ]


def _cell(point: PointResult) -> tuple[str, str]:
    """A point's text and its kind."""
    kind, sign = _KINDS.get(point.conclusion, _NO_KIND)
    if point.difference is None:
        return point.conclusion, kind
    return f"{sign}{signed(100 * point.difference.estimate, 2).text}", kind


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
        figures = (i.estimate, i.low, i.high, i.p) if i else ("",) * 4
        scores = (point.seeds, point.baseline_scores, point.candidate_scores)
        for seed in zip(*(each or ("",) for each in scores), strict=True):
            writer.writerow([*point.values, point.run, point.conclusion, *seed, *figures])
    return text.getvalue()

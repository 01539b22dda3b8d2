"""A study's plots: accuracy and difference along what is varied; the parts' effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.evaluator.intervals import Interval
from pipeline.report.forest import draw_forest
from pipeline.report.plots import (
    BAND,
    COLOURS,
    DASHES,
    LINE,
    MARKERS,
    MUTED,
    Plot,
    add_legend,
    in_legend,
    new_figure,
)
from pipeline.report.table import Table, interval, number, signed
from pipeline.report.text import in_plot
from pipeline.runs.study_result import Axis, StudyResult
from pipeline.settings.study import GRID


def plots(result: StudyResult) -> list[Plot]:
    """What the page shows; empty where no point was judged, or two things vary in a grid."""
    if not result.judged:
        return []
    if result.design != GRID:
        rows = [(" × ".join(effect.parts), effect.difference) for effect in result.effects]
        return [draw_forest("effects", "What each part adds", rows)] * bool(rows)
    return [_accuracies(result), _differences(result)] if len(result.axes) == 1 else []


def _accuracies(result: StudyResult) -> Plot:
    [axis] = result.axes
    figure, axes = new_figure()
    places = _places(axis)
    for index, title in enumerate(result.titles):
        rows = [
            (place, scores, point.judged)
            for place, point in zip(places, result.points, strict=True)
            if (scores := (point.baseline_scores, point.candidate_scores)[index])
        ]
        rows.sort(key=lambda row: row[0])
        colour, marker = COLOURS[index], MARKERS[index]
        joined = {"linestyle": DASHES[index], "label": in_legend(title)}
        hollow = {"linestyle": "none", "markerfacecolor": "none"}
        hollow["label"] = in_legend(title, ", not judged")
        for judged, style in ((True, joined), (False, hollow)):
            some = [(place, scores) for place, scores, was in rows if was == judged]
            if some:
                means = [sum(scores) / len(scores) for _, scores in some]
                at = [place for place, _ in some]
                axes.plot(at, means, color=colour, marker=marker, **style)
        spread = [(place, score) for place, scores, _ in rows for score in scores]
        axes.scatter(*zip(*spread, strict=True), color=colour, s=8, alpha=0.5)
    _along(axes, axis)
    axes.set_ylabel(f"test {result.metric}")
    add_legend(figure)
    text = f"test {result.metric} of both models by {axis.name}"
    numbers = [
        (point.values[0], number(point.baseline, 4), number(point.candidate, 4))
        for point in result.points
        if point.baseline is not None and point.candidate is not None
    ]
    table = Table(text, (axis.name, *result.titles), numbers)
    return Plot("accuracies", text, figure, table)


def _differences(result: StudyResult) -> Plot:
    [axis] = result.axes
    figure, axes = new_figure()
    places = _places(axis)
    axes.axhline(0, color=MUTED, linewidth=1)
    bound = 100 * result.equivalence
    axes.axhspan(-bound, bound, color=BAND, zorder=0, label=f"±{bound:g}: too little to matter")
    for crossing in result.told:
        if crossing.low is not None and crossing.high is not None:
            where = "where it gets ahead" if crossing.upwards else "where it falls behind"
            label = f"{where} (95 %)"
            axes.axvspan(crossing.low, crossing.high, color=LINE, alpha=0.3, lw=0, label=label)
    rows = [
        (place, point.difference, point.judged)
        for place, point in zip(places, result.points, strict=True)
        if point.difference
    ]
    for judged, colour, label in (
        (True, COLOURS[1], "95 % interval, each point on its own"),
        (False, MUTED, "not judged"),
    ):
        some = sorted(
            ((place, difference) for place, difference, was in rows if was == judged),
            key=lambda row: row[0],
        )
        if some:
            _bars(axes, some, colour, label, line=judged)
    _along(axes, axis)
    axes.set_ylabel("candidate − baseline, points")
    add_legend(figure)
    text = f"difference of the test {result.metric} by {axis.name}"
    numbers = [
        (
            point.values[0],
            signed(100 * point.difference.estimate, 2),
            interval(point.difference, 100, 2),
        )
        for point in result.points
        if point.difference
    ]
    table = Table(text, (axis.name, "points", "95 % interval"), numbers)
    return Plot("differences", text, figure, table)


def _bars(
    axes: Any, rows: Sequence[tuple[float, Interval]], colour: str, label: str, *, line: bool
) -> None:
    places = [place for place, _ in rows]
    middles = [100 * i.estimate for _, i in rows]
    reach = [
        [100 * (i.estimate - i.low) for _, i in rows],
        [100 * (i.high - i.estimate) for _, i in rows],
    ]
    axes.errorbar(
        places,
        middles,
        reach,
        color=colour,
        marker="s",
        capsize=4,
        linestyle="-" if line else "none",
        label=label,
    )


def _places(axis: Axis) -> list[float]:
    return axis.numbers or [float(place) for place in range(len(axis.values))]


def _tick(value: str) -> str:
    """A value with room beside its neighbours: 25000 is 25k."""
    thousands = value.removesuffix("000")
    return f"{thousands}k" if thousands.isdigit() and len(value) > 4 else in_plot(value, 12)


def _along(axes: Any, axis: Axis) -> None:
    from matplotlib.ticker import NullFormatter, NullLocator

    if axis.by_logarithm:
        axes.set_xscale("log")
    axes.set_xticks(_places(axis), [_tick(value) for value in axis.values])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(in_plot(axis.name))

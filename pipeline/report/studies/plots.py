"""A study's plots: accuracy and difference along what is varied; the parts' effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.evaluator.intervals import Interval
from pipeline.report.plots import COLOURS, GREY, Plot, add_legend, new_figure
from pipeline.report.studies.result import Axis, StudyResult
from pipeline.report.text import in_plot
from pipeline.settings.study import GRID

_MARKS = ("o", "s")  # of baseline and candidate, beside their colours
_SIZE = (6.4, 4.2)


def plots(result: StudyResult) -> list[Plot]:
    """What the page shows; empty where no point was judged, or two things vary in a grid."""
    if not result.judged:
        return []
    if result.design != GRID:
        return [_effects(result)] if result.effects else []
    return [_accuracies(result), _differences(result)] if len(result.axes) == 1 else []


def _accuracies(result: StudyResult) -> Plot:
    [axis] = result.axes
    figure, axes = new_figure(_SIZE)
    places = _places(axis)
    for index, title in enumerate(result.titles):
        rows = [
            (places[number], scores)
            for number, point in enumerate(result.points)
            if (scores := (point.baseline_scores, point.candidate_scores)[index])
        ]
        rows.sort(key=lambda row: row[0])
        means = [sum(scores) / len(scores) for _, scores in rows]
        axes.plot(
            [place for place, _ in rows],
            means,
            color=COLOURS[index],
            marker=_MARKS[index],
            linestyle=("--", "-")[index],
            label=in_plot(title),
        )
        spread = [(place, score) for place, scores in rows for score in scores]
        axes.scatter(*zip(*spread, strict=True), color=COLOURS[index], s=8, alpha=0.5)
    _along(axes, axis)
    axes.set_ylabel(f"test {result.metric}")
    add_legend(figure)
    return Plot("accuracies", f"Test {result.metric} of both models by {axis.name}", figure)


def _differences(result: StudyResult) -> Plot:
    [axis] = result.axes
    figure, axes = new_figure(_SIZE)
    places = _places(axis)
    axes.axhline(0, color=GREY, linewidth=1)
    bound = 100 * result.equivalence
    axes.axhspan(-bound, bound, color=GREY, alpha=0.15, label=f"±{bound:g}: too little to matter")
    for crossing in result.crossings:
        if crossing.low is not None and crossing.high is not None:
            axes.axvspan(crossing.low, crossing.high, color=COLOURS[1], alpha=0.15)
    rows = [
        (places[number], point.difference, point.judged)
        for number, point in enumerate(result.points)
        if point.difference
    ]
    for judged, colour, label in (
        (True, COLOURS[1], "95 % interval, each point on its own"),
        (False, GREY, "not judged"),
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
    return Plot("differences", f"Difference of the test {result.metric} by {axis.name}", figure)


def _bars(
    axes: Any, rows: Sequence[tuple[float, Interval]], colour: str, label: str, *, line: bool
) -> None:
    places = [place for place, _ in rows]
    middles = [100 * interval.estimate for _, interval in rows]
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


def _along(axes: Any, axis: Axis) -> None:
    from matplotlib.ticker import NullFormatter, NullLocator

    if axis.by_logarithm:
        axes.set_xscale("log")
    axes.set_xticks(_places(axis), [in_plot(value, 12) for value in axis.values])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(in_plot(axis.name))


def _effects(result: StudyResult) -> Plot:
    figure, axes = new_figure((6.4, 1.2 + 0.45 * len(result.effects)))
    axes.axvline(0, color=GREY, linewidth=1)
    for row, effect in enumerate(reversed(result.effects)):
        i = effect.difference
        axes.errorbar(
            100 * i.estimate,
            row,
            xerr=[[100 * (i.estimate - i.low)], [100 * (i.high - i.estimate)]],
            color=COLOURS[1] if effect.stands else GREY,
            marker="s" if effect.stands else "o",
            capsize=4,
        )
    names = [" × ".join(effect.parts) for effect in reversed(result.effects)]
    axes.set_yticks(range(len(names)), [in_plot(name) for name in names])
    axes.set_xlabel("what it adds, points of accuracy (95 % interval)")
    return Plot("effects", "What each part adds, and what they add together", figure)

"""How far each model's confidence can be taken at its word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.evaluator.measures import Calibration
from pipeline.report.plots import (
    COLOURS,
    DASHES,
    MARKERS,
    MUTED,
    Plot,
    add_legend,
    in_legend,
    new_figure,
)
from pipeline.report.section import SummarySection
from pipeline.report.table import Cell, Table, number
from pipeline.runs.result import Summary


class ConfidenceAgainstAccuracy(SummarySection):
    """Reliability diagram, distribution of confidence, and error; of the first seed."""

    order, title = 50, "Calibration"
    template = """
{{ plots_of(plots) }}
<p class="note">How often a model is right, by how sure it is: below the dotted line it is surer
than it is right. And on how many test pictures it is so sure: a point of few pictures tells little.
Expected calibration error, 15 bins (Guo et al., 2017):
{% for arm in s.arms %}
{{ arm.title }} {{ "%.3f" | format(arm.evidence.calibration.error) }}{{ ", " if not loop.last }}
{%- endfor %}.</p>
"""

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """The reliability diagram, and the distribution of confidence."""
        arms = figures.arms
        return draw_calibration([a.title for a in arms], [a.evidence.calibration for a in arms])


def draw_calibration(titles: Sequence[str], calibrations: Sequence[Calibration]) -> list[Plot]:
    """Draws a reliability diagram, accuracy by confidence, and how many pictures it is of.

    Args:
      titles: of baseline and candidate.
      calibrations: of both.
    """
    numbers = _numbers(titles, calibrations)
    errors = [f", error {arm.error:.3f}" for arm in calibrations]
    figure, axes = new_figure()
    axes.plot([0, 1], [0, 1], ":", color=MUTED, label="confidence = accuracy")
    _lines(axes, titles, calibrations, "accuracy", errors)
    axes.set_title("accuracy by confidence")
    add_legend(figure)
    listed = ", ".join(
        f"{title} {arm.error:.3f}" for title, arm in zip(titles, calibrations, strict=True)
    )
    text = f"accuracy by confidence; expected calibration error: {listed}"
    reliability = Plot("calibration", text, figure, numbers)
    figure, axes = new_figure()
    _lines(axes, titles, calibrations, "pictures", ["", ""])
    axes.set_title("test pictures by confidence")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    add_legend(figure)
    text = "number of test pictures by confidence, of both models"
    return [reliability, Plot("confidence", text, figure, numbers)]


def _lines(
    axes: Any,
    titles: Sequence[str],
    calibrations: Sequence[Calibration],
    field: str,
    additions: Sequence[str],
) -> None:
    """A field of `Calibration` by confidence, a line a model."""
    for index, (title, arm) in enumerate(zip(titles, calibrations, strict=True)):
        axes.plot(
            arm.confidence,
            getattr(arm, field),
            color=COLOURS[index],
            linestyle=DASHES[index],
            marker=MARKERS[index],
            markersize=5,
            label=in_legend(title, additions[index]),
        )
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("confidence")


def _numbers(titles: Sequence[str], calibrations: Sequence[Calibration]) -> Table:
    rows: list[Sequence[Cell]] = [
        (title, number(confidence, 3), number(accuracy, 3), number(pictures, 0))
        for title, arm in zip(titles, calibrations, strict=True)
        for confidence, accuracy, pictures in zip(
            arm.confidence, arm.accuracy, arm.pictures, strict=True
        )
    ]
    return Table("accuracy by confidence", ("model", "confidence", "accuracy", "pictures"), rows)


SECTION = ConfidenceAgainstAccuracy()

"""How far each model's confidence can be taken at its word."""

from __future__ import annotations

from collections.abc import Sequence

from components.evaluator.measures import Calibration
from pipeline.report.plots import COLOURS, GREY, Plot, add_legend, new_figure
from pipeline.report.section import SummarySection
from pipeline.report.text import in_plot
from pipeline.runs.result import Summary


class ConfidenceAgainstAccuracy(SummarySection):
    """Reliability diagram and expected calibration error; of the first seed."""

    order, title = 50, "Calibration"
    template = """
{{ plots_of(plots) }}
<p class="note">Below the dotted line a model is surer than it is right. Expected calibration error,
15 bins (Guo et al., 2017):
{% for arm in s.arms %}
{{ arm.title }} {{ "%.3f" | format(arm.evidence.calibration.error) }}{{ ", " if not loop.last }}
{%- endfor %}.</p>
"""

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """The reliability diagram."""
        arms = figures.arms
        return [draw_calibration([a.title for a in arms], [a.evidence.calibration for a in arms])]


def draw_calibration(titles: Sequence[str], calibrations: Sequence[Calibration]) -> Plot:
    """Draws a reliability diagram: accuracy by confidence.

    Args:
      titles: of baseline and candidate.
      calibrations: of both.
    """
    figure, axes = new_figure()
    axes.plot([0, 1], [0, 1], ":", color=GREY, label="confidence = accuracy")
    for title, arm, colour in zip(titles, calibrations, COLOURS, strict=True):
        label = f"{in_plot(title)}, error {arm.error:.3f}"
        axes.plot(arm.confidence, arm.accuracy, "o-", color=colour, label=label, markersize=4)
    axes.set_xlabel("confidence")
    axes.set_ylabel("accuracy")
    add_legend(figure)
    errors = ", ".join(
        f"{title} {arm.error:.3f}" for title, arm in zip(titles, calibrations, strict=True)
    )
    text = f"accuracy by confidence; expected calibration error: {errors}"
    return Plot("calibration", text, figure)


SECTION = ConfidenceAgainstAccuracy()

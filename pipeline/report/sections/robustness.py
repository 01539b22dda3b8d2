"""What corruptions of the test pictures cost both models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components import names
from components.evaluator.corruptions import CORRUPTIONS, SEVERITIES, Corruption, corrupt
from components.evaluator.robustness import Robustness
from pipeline.report.grid import Row, draw_grid
from pipeline.report.plots import COLOURS, Plot, add_legend, new_figure
from pipeline.report.section import Section
from pipeline.report.text import in_plot
from pipeline.runs.finished import FinishedRun

_LONGEST = 40  # of a title in a small plot


@dataclass(frozen=True)
class CorruptedPictures:
    """What the section shows.

    Attributes:
      titles: of baseline and candidate.
      robustness: both models' accuracies.
      example_id: of the picture that is shown as an example.
      example: that picture, uint8 [height, width, channels].
    """

    titles: tuple[str, str]
    robustness: Robustness
    example_id: str
    example: np.ndarray

    @property
    def corruptions(self) -> Sequence[Corruption]:
        """All that there are."""
        return CORRUPTIONS

    @property
    def severities(self) -> Sequence[int]:
        """Of each corruption."""
        return SEVERITIES


class OnCorruptedPictures(Section[CorruptedPictures]):
    """Accuracy by corruption and severity; of the first seed."""

    order, title = 60, "Corrupted pictures"
    template = """
{% set r = figures.robustness %}
<p>{{ "{:,}".format(r.pictures) }} test pictures, corrupted in
{{ figures.corruptions | length }} ways, each at {{ figures.severities | length }} severities; both
models saw the same ones. As they are: {{ "%.4f" | format(r.clean.baseline_accuracy) }} (baseline)
and {{ "%.4f" | format(r.clean.candidate_accuracy) }} (candidate). Corrupted, on average:
{{ "%.4f" | format(r.corrupted.baseline_accuracy) }} and
{{ "%.4f" | format(r.corrupted.candidate_accuracy) }}, a difference of
{{ signed(100 * r.corrupted.difference.estimate, 2) }} points
({{ interval(r.corrupted.difference, 100, 2) }}).</p>
{{ plots_of(plots, "small") }}
<div class="scroll"><table>
<tr><th>corruption</th><th class="n">severity</th><th class="n">amount</th>
{% for title in figures.titles %}<th class="n">{{ title }}</th>{% endfor %}
<th class="n">points</th><th class="n">95 % interval</th></tr>
{% for row in [r.clean] + r.rows %}
<tr><td>{{ row.corruption }}</td><td class="n">{{ row.severity or "" }}</td>
<td class="n">{{ "%g" | format(row.amount) if row.severity }}</td>
<td class="n">{{ "%.4f" | format(row.baseline_accuracy) }}</td>
<td class="n">{{ "%.4f" | format(row.candidate_accuracy) }}</td>
<td class="n">{{ signed(100 * row.difference.estimate, 2) }}</td>
<td class="n">{{ interval(row.difference, 100, 2) }}</td></tr>
{% endfor %}
</table></div>
<p class="note">Amounts:
{% for corruption in figures.corruptions %}
{{ corruption.name }}, {{ corruption.unit }}{{ "; " if not loop.last }}
{%- endfor %}. After Hendrycks and Dietterich, 2019.</p>
<figure class="scroll wide"><img src="{{ images.corruptions | png }}" alt="A test picture as it is,
and corrupted by {{ figures.corruptions | map(attribute="name") | join(", ") }} at the severities
{{ figures.severities | join(", ") }}."></figure>
"""

    def compute(self, run: FinishedRun) -> CorruptedPictures | None:
        """The accuracies, and a test picture to show what the corruptions do."""
        robustness = run.summary.robustness
        if robustness is None:
            return None
        example_id = str(run.predictions().example_ids[0])
        return CorruptedPictures(
            titles=(run.summary.baseline.title, run.summary.candidate.title),
            robustness=robustness,
            example_id=example_id,
            example=run.pictures([example_id])[example_id],
        )

    def plots(self, figures: CorruptedPictures) -> Sequence[Plot]:
        """A plot a corruption."""
        return draw_robustness(figures.titles, figures.robustness)

    def images(self, figures: CorruptedPictures) -> Mapping[str, bytes]:
        """The example, corrupted in every way."""
        return {"corruptions": _examples(figures.example_id, figures.example)}


def draw_robustness(titles: Sequence[str], robustness: Robustness) -> list[Plot]:
    """Draws the accuracy of both models by severity, a plot for each corruption.

    Args:
      titles: of baseline and candidate.
      robustness: both models' accuracies.
    """
    plots: list[Plot] = []
    lowest = min(min(row.baseline_accuracy, row.candidate_accuracy) for row in robustness.rows)
    for corruption in CORRUPTIONS:
        of_corruption = [row for row in robustness.rows if row.corruption == corruption.name]
        rows = [robustness.clean, *of_corruption]
        figure, axes = new_figure((2.8, 3.0))
        for title, role, colour in zip(titles, names.ROLES, COLOURS, strict=True):
            accuracies = [getattr(row, f"{role}_accuracy") for row in rows]
            label = in_plot(title, _LONGEST)
            axes.plot(range(len(rows)), accuracies, "o-", color=colour, label=label, markersize=4)
        axes.set_ylim(max(0.0, lowest - 0.05), 1.02)
        axes.set_xticks(range(len(rows)), ["none", "1", "2", "3"])
        axes.set_xlabel("severity")
        axes.set_title(corruption.name)
        add_legend(figure)
        text = f"accuracy of both models on test pictures corrupted by {corruption.name}"
        plots.append(Plot(f"robustness-{corruption.name}", text, figure))
    return plots


def _examples(example_id: str, example: np.ndarray) -> bytes:
    rows = []
    for severity in SEVERITIES:
        corrupted = [
            (
                f"{corruption.name} {corruption.amounts[severity - 1]:g}",
                corrupt(example[None], [example_id], corruption, severity)[0],
            )
            for corruption in CORRUPTIONS
        ]
        rows.append(Row(f"severity {severity}", [("as it is", example), *corrupted]))
    return draw_grid("a test picture, corrupted at the severities 1, 2 and 3", rows)


SECTION = OnCorruptedPictures()

"""Precision, recall and confusion by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.evaluator.measures import shares_of_class
from pipeline.report.plots import Plot, new_figure
from pipeline.report.section import SummarySection
from pipeline.report.text import in_plot
from pipeline.runs.result import Summary

_LONGEST_LABEL, _LONGEST_TITLE = 20, 30


class ByClass(SummarySection):
    """What each class's test pictures were taken for; of the first seed."""

    order, title = 40, "By class, on the test pictures"
    template = """
{% macro share(value) %}{{ "–" if value is none else "%.3f" | format(value) }}{% endmacro %}
<div class="scroll"><table>
<tr><th rowspan="2">class</th><th class="n" rowspan="2">pictures</th>
{% for arm in s.arms %}<th class="n" colspan="2">{{ arm.title }}</th>{% endfor %}
<th class="n" rowspan="2">recall, difference</th></tr>
<tr>{% for arm in s.arms %}<th class="n">precision</th><th class="n">recall</th>{% endfor %}</tr>
{% for name, count in s.class_counts.items() if count %}
{% set i = s.class_names.index(name) %}
<tr><td>{{ name }}</td><td class="n">{{ count }}</td>
{% for arm in s.arms %}
<td class="n">{{ share(arm.evidence.precision[i]) }}</td>
<td class="n">{{ share(arm.evidence.recall[i]) }}</td>
{% endfor %}
{% set change = s.candidate.evidence.recall[i] - s.baseline.evidence.recall[i] %}
<td class="n">{{ signed(change, 3) }}</td></tr>
{% endfor %}
</table></div>
{{ plots_of(plots) }}
<p class="note">Per cent of each true class's pictures. In the difference, blue on the diagonal and
red elsewhere is for the candidate. All figures are in <code>summary.json</code>.</p>
"""

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """Both confusion matrices and their difference."""
        return draw_confusion(
            [arm.title for arm in figures.arms],
            [np.array(arm.evidence.confusion) for arm in figures.arms],
            figures.class_names,
        )


def draw_confusion(
    titles: Sequence[str], matrices: Sequence[np.ndarray], class_names: Sequence[str]
) -> list[Plot]:
    """Draws both confusion matrices and their difference, in per cent of each true class.

    Args:
      titles: of baseline and candidate.
      matrices: int [true class, predicted class] of both.
      class_names: names of the classes 0, 1, …
    """
    baseline, candidate = (shares_of_class(matrix) for matrix in matrices)
    difference = candidate - baseline
    return [
        _matrix("confusion-baseline", titles[0], baseline, class_names, signed=False),
        _matrix("confusion-candidate", titles[1], candidate, class_names, signed=False),
        _matrix("confusion-difference", "difference", difference, class_names, signed=True),
    ]


def _matrix(
    name: str, title: str, shares: np.ndarray, class_names: Sequence[str], *, signed: bool
) -> Plot:
    """Draws shares of each true class, 0 … 1, or the difference of two, -1 … 1 (`signed`)."""
    labels = [in_plot(name, _LONGEST_LABEL) for name in class_names]
    side = 2.4 + 0.24 * len(labels) + 0.1 * max(0, max(map(len, labels)) - 12)
    figure, axes = new_figure((side, side))
    reach = max(float(np.abs(shares).max()), 0.01) if signed else 1.0
    axes.imshow(
        shares, cmap="RdBu" if signed else "Blues", vmin=-reach if signed else 0, vmax=reach
    )
    for (row, column), value in np.ndenumerate(shares):
        if abs(value) >= 0.005:
            text = f"{100 * value:+.0f}" if signed else f"{100 * value:.0f}"
            colour = "white" if abs(value) > 0.6 * reach else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=7)
    axes.set_title(in_plot(title, _LONGEST_TITLE))
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")
    what = "difference of the confusion matrices" if signed else f"confusion matrix of {title}"
    return Plot(name, f"{what}, in per cent of each true class", figure)


SECTION = ByClass()

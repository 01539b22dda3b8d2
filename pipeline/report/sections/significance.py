"""Is the difference between the models more than chance?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table

from components.evaluator.intervals import Interval
from components.evaluator.significance import Significance
from pipeline.report.plots import COLOURS, GREY, new_figure
from pipeline.report.section import SummarySection
from pipeline.report.text import LONGEST_IN_CELL, in_terminal
from pipeline.runs.result import Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class IsTheDifferenceReal(SummarySection):
    """The differences with their intervals, and each seed's accuracies."""

    order, title = 20, "Is the difference real?"
    terminal_order = 20
    template = """
<div class="scroll"><table>
<tr><th>candidate − baseline</th><th class="n">estimate</th><th class="n">95 % interval</th>
<th class="n">p</th></tr>
{% set t = s.significance %}
{% macro row(name, bounds, factor, digits) %}
<tr><td>{{ name }}</td><td class="n">{{ signed(factor * bounds.estimate, digits) }}</td>
<td class="n">{{ interval(bounds, factor, digits) }}</td>
<td class="n">{{ "%.2g" | format(bounds.p) }}</td></tr>
{% endmacro %}
{{ row("test accuracy, points", t.accuracy, 100, 2) }}
{{ row("– other pictures, same seeds", t.over_pictures, 100, 2) }}
{% if t.over_seeds %}
{{ row("– other seeds, same pictures", t.over_seeds, 100, 2) }}
{% endif %}
{{ row("balanced test accuracy, points", t.balanced_accuracy, 100, 2) }}
{{ row("test loss", t.loss, 1, 4) }}
</table></div>
<p>Conclusion by {{ t.headline_metric }}: <strong>{{ s.conclusion }}</strong>. The interval is for
other test pictures
{{- ", other training pictures" if s.redrawn }}
{{- " and other seeds" if t.over_seeds else "; one seed says nothing of others" }}.
A difference counts as shown where it leaves out zero, and as practically none where the interval
lies within ±{{ "%g" | format(100 * t.equivalence) }} points. Such a test set
{{- " and seeds like these show" if t.over_seeds else " shows" }} a true difference of
{{ "%.2f" | format(100 * t.minimum_detectable_effect) }} points or more in 80 of 100 cases. The most
frequent class has {{ "%.1f" | format(100 * t.majority_share) }} % of the test pictures.</p>
<div class="scroll"><table>
<tr><th class="n">seed</th>{% if s.redrawn %}<th class="n">draw</th>{% endif %}
{% for arm in s.arms %}<th class="n">{{ arm.title }}</th>{% endfor %}
<th class="n">points</th><th class="n">only the baseline right</th>
<th class="n">only the candidate right</th><th class="n">McNemar's exact p</th></tr>
{% for seed in s.seeds %}
{% set i = loop.index0 %}
{% set baseline, candidate = t.baseline_accuracy[i], t.candidate_accuracy[i] %}
<tr><td class="n">{{ seed }}</td>{% if s.redrawn %}<td class="n">{{ s.draws[i] }}</td>{% endif %}
<td class="n">{{ "%.4f" | format(baseline) }}</td>
<td class="n">{{ "%.4f" | format(candidate) }}</td>
<td class="n">{{ signed(100 * (candidate - baseline), 2) }}</td>
<td class="n">{{ t.only_baseline_right[i] }}</td><td class="n">{{ t.only_candidate_right[i] }}</td>
<td class="n">{{ "%.2g" | format(t.mcnemar_p[i]) }}</td></tr>
{% endfor %}
</table></div>
"""

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """Each seed's test accuracies, where there are several."""
        if len(summary.seeds) < 2:
            return []
        table = Table(box=None, pad_edge=False)
        for column in ("seed", *(arm.title for arm in summary.arms), "points", "McNemar p"):
            table.add_column(in_terminal(column, longest=LONGEST_IN_CELL), justify="right")
        significance = summary.significance
        for seed, baseline, candidate, p in zip(
            summary.seeds,
            significance.baseline_accuracy,
            significance.candidate_accuracy,
            significance.mcnemar_p,
            strict=True,
        ):
            points = f"{100 * (candidate - baseline):+.2f}"
            table.add_row(str(seed), f"{baseline:.4f}", f"{candidate:.4f}", points, f"{p:.2g}")
        return [table, ""]

    def notebook(self, figures: Summary) -> list[Any]:
        """The difference of the test accuracies with its intervals, in points."""
        return [draw_intervals(figures.significance)]


def draw_intervals(significance: Significance) -> Figure:
    """The difference of the accuracies with its 95 % intervals, in percentage points."""
    pictures, seeds = f"{significance.pictures:,} pictures", len(significance.mcnemar_p)
    intervals: list[tuple[str, Interval]]
    if significance.over_seeds:
        intervals = [
            (f"other pictures and seeds\n({pictures}, {seeds} seeds)", significance.accuracy),
            ("other pictures", significance.over_pictures),
            ("other seeds", significance.over_seeds),
        ]
    else:
        intervals = [(f"other test pictures\n({pictures})", significance.accuracy)]
    figure, axes = new_figure((8, 1.2 + 0.7 * len(intervals)))
    reach = 100 * significance.minimum_detectable_effect
    axes.axvspan(-reach, reach, color="#8883", label="too small for this test set to show")
    axes.axvline(0, color=GREY, linewidth=1)
    for row, (_, interval) in enumerate(intervals):
        low, middle, high = (100 * x for x in (interval.low, interval.estimate, interval.high))
        axes.plot([low, high], [row, row], color=COLOURS[1], linewidth=3, solid_capstyle="butt")
        axes.plot([middle], [row], "o", color=COLOURS[1])
        axes.annotate(
            f"{middle:+.2f}",
            *((middle, row), (0, 8)),
            textcoords="offset points",
            ha="center",
            color=GREY,
        )
    axes.set_yticks(range(len(intervals)), [text for text, _ in intervals])
    axes.set_ylim(len(intervals) - 0.4, -0.6)
    axes.set_xlabel("candidate − baseline, percentage points of test accuracy (95 % interval)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", frameon=False, fontsize="small", labelcolor=GREY)
    return figure


SECTION = IsTheDifferenceReal()

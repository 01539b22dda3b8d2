"""Is the difference between the models more than chance?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from components.evaluator.significance import Interval, Significance
from pipeline.report.plots import COLOURS, GREY, new_figure
from pipeline.report.section import SummarySection
from pipeline.runs.result import Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class IsTheDifferenceReal(SummarySection):
    """The intervals over pictures and over seeds, and each seed's accuracies."""

    order, title = 20, "Is the difference real?"
    terminal_order = 20
    template = """
<div class="scroll"><table>
<tr><th>candidate − baseline</th><th class="n">estimate</th>
<th class="n">95 % interval: other pictures</th><th class="n">other seeds</th></tr>
{% set t = s.significance %}
<tr><td>test accuracy, points</td><td class="n">{{ signed(100 * t.accuracy.estimate, 2) }}</td>
<td class="n">{{ interval(t.accuracy, 100, 2) }}</td>
<td class="n">{{ interval(t.seeds_accuracy, 100, 2) }}</td></tr>
<tr><td>test loss</td><td class="n">{{ signed(t.loss.estimate, 4) }}</td>
<td class="n">{{ interval(t.loss, 1, 4) }}</td>
<td class="n">{{ interval(t.seeds_loss, 1, 4) }}</td></tr>
</table></div>
<p>Conclusion: <strong>{{ s.conclusion }}</strong>. A difference counts as shown where every
interval leaves out zero. A test set like this one shows a true difference of
{{ "%.2f" | format(100 * t.minimum_detectable_effect) }} points or more in 80 of 100 cases.</p>
<div class="scroll"><table>
<tr><th class="n">seed</th>{% for arm in s.arms %}<th class="n">{{ arm.title }}</th>{% endfor %}
<th class="n">points</th><th class="n">only the baseline right</th>
<th class="n">only the candidate right</th><th class="n">McNemar's exact p</th></tr>
{% for seed in s.seeds %}
{% set i = loop.index0 %}
{% set baseline, candidate = t.baseline_accuracy[i], t.candidate_accuracy[i] %}
<tr><td class="n">{{ seed }}</td><td class="n">{{ "%.4f" | format(baseline) }}</td>
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
            table.add_column(Text(column), justify="right")
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
    intervals: list[tuple[str, Interval]] = [
        (f"other test pictures\n({significance.pictures:,} pictures)", significance.accuracy)
    ]
    if significance.seeds_accuracy:
        seeds = len(significance.mcnemar_p)
        intervals.append((f"other seeds\n({seeds} seeds)", significance.seeds_accuracy))
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

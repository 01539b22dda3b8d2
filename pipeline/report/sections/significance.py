"""Is the difference between the models more than chance?"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table as TerminalTable

from components.evaluator.intervals import Interval
from components.evaluator.significance import Significance
from pipeline.report.forest import draw_forest
from pipeline.report.plots import Plot
from pipeline.report.section import SummarySection
from pipeline.report.table import Cell, Number, Table, interval, number, signed
from pipeline.report.text import LONGEST_IN_CELL, in_terminal
from pipeline.runs.result import Summary


class IsTheDifferenceReal(SummarySection):
    """The differences with their intervals, and each seed's accuracies."""

    order, title = 20, "Is the difference real?"
    terminal_order = 20
    template = """
{{ table(section.differences(s)) }}
{{ plots_of(plots) }}
{% set t = s.significance %}
<p>Conclusion by {{ t.headline_metric }}: <strong>{{ s.conclusion }}</strong>. The interval is for
other test pictures
{{- ", other training pictures" if s.redrawn }}
{{- " and other seeds" if t.over_seeds else "; one seed says nothing of others" }}.
A difference counts as shown where it leaves out zero, and as practically none where the interval
lies within ±{{ "%g" | format(100 * t.equivalence) }} points. Such a test set
{{- " and seeds like these show" if t.over_seeds else " shows" }} a true difference of
{{ "%.2f" | format(100 * t.minimum_detectable_effect) }} points or more in 80 of 100 cases. The most
frequent class has {{ "%.1f" | format(100 * t.majority_share) }} % of the test pictures.</p>
<h3>Seed by seed</h3>
{{ table(section.of_seeds(s)) }}
"""

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """The difference, with an interval for each thing that was drawn."""
        return [draw_intervals(figures.significance)]

    def differences(self, summary: Summary) -> Table:
        """The differences with their intervals."""
        of = summary.significance
        measured = [
            ("test accuracy, points", of.accuracy, 100, 2),
            ("– other pictures, same seeds", of.over_pictures, 100, 2),
            ("– other seeds, same pictures", of.over_seeds, 100, 2),
            ("balanced test accuracy, points", of.balanced_accuracy, 100, 2),
            ("test loss", of.loss, 1, 4),
        ]
        rows = [
            (
                name,
                signed(factor * bounds.estimate, digits),
                interval(bounds, factor, digits),
                Number(f"{bounds.p:.2g}", bounds.p),
            )
            for name, bounds, factor, digits in measured
            if bounds
        ]
        columns = ("candidate − baseline", "estimate", "95 % interval", "p")
        return Table("differences with their intervals", columns, rows)

    def of_seeds(self, summary: Summary) -> Table:
        """Both models' test accuracies, a row a seed."""
        of = summary.significance
        columns = ["seed", "points", *(arm.title for arm in summary.arms)]
        columns += ["only the baseline right", "only the candidate right", "McNemar's exact p"]
        rows: list[Sequence[Cell]] = [
            (
                number(seed, 0),
                signed(100 * (candidate - baseline), 2),
                number(baseline, 4),
                number(candidate, 4),
                number(of.only_baseline_right[i], 0),
                number(of.only_candidate_right[i], 0),
                Number(f"{of.mcnemar_p[i]:.2g}", of.mcnemar_p[i]),
            )
            for i, (seed, baseline, candidate) in enumerate(
                zip(summary.seeds, of.baseline_accuracy, of.candidate_accuracy, strict=True)
            )
        ]
        if summary.redrawn:
            columns.append("draw")
            rows = [(*row, number(draw, 0)) for row, draw in zip(rows, summary.draws, strict=True)]
        return Table("each seed's test accuracies", columns, rows)

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """Each seed's test accuracies, where there are several."""
        if len(summary.seeds) < 2:
            return []
        table = TerminalTable(box=None, pad_edge=False)
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


def draw_intervals(significance: Significance) -> Plot:
    """The difference of the accuracies with its 95 % intervals, in percentage points."""
    pictures, seeds = f"{significance.pictures:,} pictures", len(significance.mcnemar_p)
    intervals: list[tuple[str, Interval]]
    if significance.over_seeds:
        intervals = [
            ("other pictures and seeds", significance.accuracy),
            ("other pictures", significance.over_pictures),
            ("other seeds", significance.over_seeds),
        ]
        of = f"{pictures}, {seeds} seeds"
    else:
        intervals = [("other test pictures", significance.accuracy)]
        of = pictures
    text = f"difference of the test accuracies, with intervals for other draws ({of})"
    return draw_forest("intervals", text, intervals, equivalence=significance.equivalence)


SECTION = IsTheDifferenceReal()

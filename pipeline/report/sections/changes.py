"""What differs between the models beside their accuracy, beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.report.forest import draw_forest
from pipeline.report.plots import Plot
from pipeline.report.section import SummarySection
from pipeline.report.table import Table, interval, number, signed
from pipeline.runs.result import Summary


class WhatChanged(SummarySection):
    """The figures that changed beyond chance, each with its interval; over all seeds."""

    order, title = 25, "What changed"
    template = """
{% if s.standing_changes %}
{{ table(section.table(s)) }}
{{ plots_of(plots) }}
{% else %}
<p>Beside the headline, nothing changed beyond chance.</p>
{% endif %}
<p class="note">{{ s.changes | length }} figures were looked at: each class, each corruption, loss,
calibration and gap. Of so many, some differ by chance; listed is what is left when that is allowed
for (Holm, 1979). Loss is a number; the others are per cent, and points of difference.</p>
"""

    def table(self, summary: Summary) -> Table:
        """A row a figure, the clearest first."""
        columns = ("figure", "difference", "for the candidate", "95 % interval")
        rows = []
        for change in summary.standing_changes:
            factor, digits = (1, 4) if change.kind == "loss" else (100, 2)
            rows.append(
                (
                    change.what,
                    signed(factor * change.difference.estimate, digits),
                    "better" if change.improved else "worse",
                    interval(change.difference, factor, digits),
                    number(factor * change.baseline, digits),
                    number(factor * change.candidate, digits),
                )
            )
        titles = [arm.title for arm in summary.arms]
        return Table("what changed beyond chance", (*columns, *titles), rows)

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """The accuracies that changed, those of classes and under corruptions."""
        rows = [
            (change.name, change.difference)
            for change in figures.standing_changes
            if change.kind in ("class", "corruption")
        ]
        if not rows:
            return []
        return [draw_forest("changes", "accuracies that changed beyond chance", rows)]


SECTION = WhatChanged()

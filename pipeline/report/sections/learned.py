"""Did both models learn? What the checks measured, before anything is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import RenderableType

from components import names
from components.evaluator.learned import (
    FINISHED,
    KNOWN,
    LEARNED,
    MARGIN,
    RISE,
    SETTLED,
    Learning,
    failing,
    worst,
)
from components.evaluator.problems import settings_to_change
from components.text import shorten
from pipeline.report.section import SummarySection
from pipeline.report.table import Table
from pipeline.report.text import LONGEST_IN_CELL, in_terminal
from pipeline.runs.result import Summary

#: What each check asks, in the order of the report.
_QUESTIONS = {
    LEARNED: "better than the most frequent class?",
    SETTLED: "served as it was trained?",
    FINISHED: "finished learning?",
}


@dataclass(frozen=True)
class Row:
    """A check of both arms.

    Attributes:
      question: what is asked.
      cells: the answer of each arm with its figures, the baseline's first.
      failed: whether each arm fails it.
    """

    question: str
    cells: list[str]
    failed: list[bool]


class DidBothLearn(SummarySection):
    """Each check's figures; of several seeds, those of the worst."""

    order, title = 15, "Did both models learn?"
    terminal_order = 15
    margin, rise, known = (f"{100 * share:g}" for share in (MARGIN, RISE, KNOWN))  # in points
    template = """
{{ table(section.table(s)) }}
{% if s.problems %}
<p class="warning">A model fails a check, so the comparison is not judged. To change it:
<code>{{ section.change(s) }}</code></p>
{% endif %}
<p class="note">A model that has not learned tells nothing about its method, so this is asked
before anything is compared.
Better than the most frequent class: always saying the class that most test pictures have is right
for that share of them; a model's test accuracy must be shown to be above it, by the lower end of
its interval (Wilson, one-sided, 95 %).
Served as it was trained: Batch Normalization scales by the statistics of each batch while training,
and by moving averages of them when served. The averages need some hundred steps of the optimizer to
settle; until then the served model is another one. Asked of training pictures, without Dropout;
the averages may cost {{ section.margin }} points of accuracy, beyond chance.
Finished learning: the straight line through the last third of the accuracies on the held-out
pictures (split eval, at least three epochs) may rise by {{ section.rise }} points, or by its noise;
or the model knows {{ section.known }} % of its training pictures, which then have no more to teach.
</p>
"""

    def rows(self, summary: Summary) -> list[Row]:
        """The checks, a row each."""
        return [_row(summary, check, question) for check, question in _QUESTIONS.items()]

    def table(self, summary: Summary) -> Table:
        """The checks, a row each."""
        columns = ("check", *(arm.title for arm in summary.arms))
        rows = [(row.question, *row.cells) for row in self.rows(summary)]
        return Table("what the checks measured", columns, rows)

    def change(self, summary: Summary) -> str:
        """What to change, see `components.evaluator.learned.settings_to_change`."""
        return settings_to_change(summary.problems)

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """One line, or, where a check fails, a line for each check of each model."""
        if not summary.problems:
            return ["Both models learned: they passed every check.", ""]
        lines = [
            in_terminal(
                f"{shorten(arm.title, LONGEST_IN_CELL)}, {row.question} {cell}",
                "bold" if failed else "",
            )
            for row in self.rows(summary)
            for arm, cell, failed in zip(summary.arms, row.cells, row.failed, strict=True)
        ]
        return [self.title, *lines, ""]


def _row(summary: Summary, check: str, question: str) -> Row:
    models = [worst(summary.learning, role, check) for role in names.ROLES]
    failed = [check in failing(model) for model in models]
    seeds = len(summary.seeds) > 1
    cells = [
        f"{'NO' if fails else 'yes'}: {_figures(model, check, summary.class_names)}"
        f"{f' (seed {model.record.seed}, the worst)' if seeds else ''}"
        for model, fails in zip(models, failed, strict=True)
    ]
    return Row(question, cells, failed)


def _figures(model: Learning, check: str, class_names: Sequence[str]) -> str:
    record = model.record
    if check == LEARNED:
        text = (
            f"{model.accuracy:.4f} (at least {model.accuracy_low:.4f}) against "
            f"{model.majority_share:.4f}"
        )
        only = model.only_answer
        return text if only is None else f"{text}; it always says {class_names[only]!r}"
    if check == SETTLED:
        if model.settled_gap is None or model.settled_low is None:
            return "it has no Batch Normalization that was trained"
        return (
            f"the averages cost {100 * model.settled_gap:.2f} points (at least "
            f"{100 * model.settled_low:.2f}) after {record.steps:,} steps; they need about "
            f"{model.needed_steps:,}"
        )
    if model.rise is None or model.rise_low is None:
        return "one epoch does not tell"
    return (
        f"{100 * model.rise:+.1f} points over the last {model.rise_epochs} of {record.epochs} "
        f"epochs (at least {100 * model.rise_low:+.1f})"
    ) + ("; it knows its training pictures" if model.knows_its_pictures else "")


SECTION = DidBothLearn()

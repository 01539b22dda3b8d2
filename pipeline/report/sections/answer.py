"""The experiment's question, the answer, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from pipeline.report.section import SummarySection
from pipeline.report.text import in_terminal
from pipeline.runs.result import Summary


class Answer(SummarySection):
    """The first thing to read, without a heading of its own."""

    order = 0
    terminal_order = 30
    template = """
<h1>{{ s.question }}</h1>
<p class="verdict">{{ s.headline }}</p>
{% if s.data_kind == "sample" %}
<p class="warning">These are generated pictures, not {{ s.experiment }}'s real data set.
The figures only show that the pipeline works.</p>
{% endif %}
<ul>{% for detail in s.details %}<li>{{ detail }}</li>{% endfor %}</ul>
<p class="note"><a href="#words">What the words mean</a></p>
"""

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """Question, answer and details, a line each."""
        return [
            in_terminal(summary.question),
            in_terminal(summary.headline, "bold"),
            *map(in_terminal, summary.details),
        ]


SECTION = Answer()

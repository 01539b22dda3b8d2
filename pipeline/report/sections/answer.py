"""The experiment's question, the answer, and what it rests on: a reader's first screen."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from rich.console import RenderableType

from pipeline.report.forest import draw_forest
from pipeline.report.next_step import NextStep, next_step
from pipeline.report.plots import Plot
from pipeline.report.section import SummarySection
from pipeline.report.text import in_terminal
from pipeline.runs.result import Summary


class Answer(SummarySection):
    """The first thing to read, without a heading of its own."""

    order = 0
    terminal_order = 30
    template = """
<header>
<p class="when">{{ s.experiment }}{{ ", " ~ section.date(s.run) if section.date(s.run) }}</p>
<h1>{{ s.question }}</h1>
<p class="verdict{{ " long" if s.headline | length > 200 }}">{{ s.headline }}</p>
{% if s.data_kind == "sample" %}
<p class="warning">These are generated pictures, not {{ s.experiment }}'s real data set.
The figures only show that the pipeline works.</p>
{% endif %}
<div class="first">
{{ plots_of(plots) }}
{% set t = s.significance %}
<dl class="facts">
{% for role, arm, score in section.scores(s) %}
<div><dt><span class="key {{ role }}"></span>{{ arm.title }}, {{ t.headline_metric }}</dt>
<dd class="figure">{{ number(score, 4) }}</dd></div>
{% endfor %}
<div><dt>difference, and its 95 % interval</dt>
<dd><strong>{{ signed(100 * t.headline.estimate, 2) }} points</strong><br>
{{ interval(t.headline, 100, 2) }}</dd></div>
<div><dt>data</dt>
<dd>{{ s.settings.get("dataset.title", s.data) }}{{ ", generated stand-in"
if s.data_kind == "sample" }}</dd></div>
<div><dt>pictures</dt>
<dd>{{ "{:,}".format(s.pictures.train) }} to learn from,
{{ "{:,}".format(s.pictures.test) }} to test</dd></div>
<div><dt>trainings of each model</dt>
<dd>{{ s.seeds | length }} {{ "seeds" if s.seeds | length > 1 else "seed" }}</dd></div>
</dl>
</div>
{% set step = section.next_step(s) %}
<div class="next"><p><strong>Next:</strong> {{ step.text }}</p>
{% if step.command %}
<pre><code>{{ step.command }}</code></pre>
{% endif %}
</div>
<ul>{% for detail in s.details %}<li>{{ detail }}</li>{% endfor %}</ul>
<p class="note"><a href="#words">What the words mean</a></p>
</header>
"""

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """The difference with its interval."""
        significance = figures.significance
        bounds = significance.headline
        judged = " (not judged)" if figures.problems else ""
        text = (
            f"difference in {significance.headline_metric}: {100 * bounds.estimate:+.2f} points, "
            f"95 % interval {100 * bounds.low:+.2f} to {100 * bounds.high:+.2f}{judged}"
        )
        return [
            draw_forest(
                "difference",
                text,
                [(f"95 % interval{judged}", bounds)],
                equivalence=significance.equivalence,
            )
        ]

    def scores(self, summary: Summary) -> list[tuple[str, object, float]]:
        """Of each arm its role, itself, and what the headline goes by: the mean over the seeds."""
        both = zip(summary.arms, summary.significance.headline_scores, strict=True)
        roles = ("baseline", "candidate")
        return [(role, arm, score) for role, (arm, score) in zip(roles, both, strict=True)]

    def next_step(self, summary: Summary) -> NextStep:
        """See `pipeline.report.next_step`."""
        return next_step(summary)

    def date(self, run: str) -> str:
        """When the run began, of its id; "" where it is not in it, as on a cluster."""
        for form, zone in (("%Y%m%d-%H%M%SZ", " UTC"), ("%Y%m%d-%H%M%S", "")):
            try:
                began = datetime.datetime.strptime(run, form)
            except ValueError:
                continue
            return f"{began.day} {began:%B %Y, %H:%M}{zone}"
        return ""

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """Question, answer and details, a line each."""
        return [
            in_terminal(summary.question),
            in_terminal(summary.headline, "bold"),
            *map(in_terminal, summary.details),
        ]


SECTION = Answer()

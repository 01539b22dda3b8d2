"""Commands that repeat the run and open what it left."""

from __future__ import annotations

from markupsafe import Markup

from pipeline.report.repeat import of_run, run_command
from pipeline.report.section import SummarySection
from pipeline.report.text import in_html
from pipeline.runs.result import Summary


class Commands(SummarySection):
    """What to type, each with what it does."""

    order, title = 108, "Run it again, and use it"
    template = """
<p>Typed in the project's folder, in its Python environment. All take <code>--root</code> where the
runs are not in the usual folder.</p>
<dl>
{% for what, command in section.commands(s) %}
<dt>{{ what }}</dt><dd><pre><code>{{ section.in_lines(command) }}</code></pre></dd>
{% endfor %}
</dl>
"""

    def in_lines(self, command: str) -> Markup:
        """A command with the line breaks that it has."""
        return Markup("\n").join(map(in_html, command.splitlines()))

    def commands(self, summary: Summary) -> list[tuple[str, str]]:
        """What each does, and how it is typed."""
        opened = (
            "from pipeline.runs.open import open_run\n"
            f'run = open_run("runs", {(summary.run or "RUN")!r})\n'
            "run.summary, run.nodes, run.predictions()"
        )
        data = {
            "own": "FOLDER is where your pictures lie.",
            "sample": "The pictures are generated.",
        }.get(summary.data_kind, "The data are fetched and checked where they are not there yet.")
        return [
            (f"Run the experiment again with the same settings. {data}", run_command(summary)),
            ("Print the verdict again", of_run("show", summary)),
            ("Build this page anew, without training", of_run("report", summary)),
            ("Ask the candidate about a picture", of_run("predict", summary, "PICTURE")),
            ("Set this run beside another one", of_run("compare", summary, "OTHER_RUN")),
            (
                "Open its figures and predictions in Python; runs is the folder of all runs",
                opened,
            ),
        ]


SECTION = Commands()

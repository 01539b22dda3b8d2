"""Both models side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from pipeline.report.section import SummarySection
from pipeline.report.text import LONGEST_IN_CELL, in_terminal
from pipeline.runs.result import Summary


class BothModels(SummarySection):
    """Accuracy, loss, gap and cost of both arms; of the first seed."""

    order, title = 10, "Both models"
    terminal_order = 10
    template = """
<div class="scroll"><table>
<tr><th></th>{% for arm in s.arms %}<th class="n">{{ arm.title }}</th>{% endfor %}
<th class="n">difference</th></tr>
{% macro row(name, field, digits) %}
<tr><td>{{ name }}</td>
{% for arm in s.arms %}
<td class="n">{{ ("%." ~ digits ~ "f") | format(arm[field]) }}</td>
{% endfor %}
<td class="n">{{ signed(s.candidate[field] - s.baseline[field], digits) }}</td></tr>
{% endmacro %}
{{ row("test accuracy", "test_accuracy", 4) }}
{{ row("test loss", "test_loss", 4) }}
{{ row("eval accuracy (chose the epoch)", "eval_accuracy", 4) }}
{{ row("train accuracy, finished model", "train_accuracy", 4) }}
{{ row("generalization gap (train − test accuracy)", "gap", 4) }}
{{ row("best epoch", "best_epoch", 0) }}
<tr><td>parameters</td>
{% for arm in s.arms %}
<td class="n">{{ "{:,}".format(arm.parameters) }}</td>
{% endfor %}
<td class="n">{{ "{:+,}".format(s.candidate.parameters - s.baseline.parameters) }}</td></tr>
{{ row("seconds of training", "fit_seconds", 1) }}
<tr><td>pictures a second, answering</td>
{% for arm in s.arms %}
<td class="n">{{ "{:,.0f}".format(arm.pictures_per_second) }}</td>
{% endfor %}
{% set speed = s.candidate.pictures_per_second / s.baseline.pictures_per_second %}
<td class="n">× {{ "%.2f" | format(speed) }}</td></tr>
<tr><td>exported size, MB</td>
{% for arm in s.arms %}
<td class="n">{{ "%.2f" | format(arm.exported_bytes / 1e6) }}</td>
{% endfor %}
{% set bytes = s.candidate.exported_bytes - s.baseline.exported_bytes %}
<td class="n">{{ signed(bytes / 1e6, 2) }}</td></tr>
<tr><td>trained on</td>
{% for arm in s.arms %}
{% set on = arm.accelerator %}
<td class="n">{{ on.devices }}{{ ", float16" if on.mixed_precision }}{{ ", XLA" if on.xla }}
{{- ", %d thread%s" % (on.threads, "" if on.threads == 1 else "s")
    if on.devices == "CPU" and on.threads }}
{{- ", %d replicas" % on.replicas if on.replicas > 1 }}</td>
{% endfor %}
<td></td></tr>
</table></div>
"""

    def heading(self, figures: Summary) -> str:
        """Names the seed where there are several."""
        return self.title + (f", seed {figures.seeds[0]}" if len(figures.seeds) > 1 else "")

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """A line a model."""
        table = Table(box=None, pad_edge=False)
        table.add_column("")
        for column in ("test accuracy", "test loss", "train − test", "best epoch"):
            table.add_column(column, justify="right")
        for arm in summary.arms:
            table.add_row(
                in_terminal(arm.title, longest=LONGEST_IN_CELL),
                f"{arm.test_accuracy:.4f}",
                f"{arm.test_loss:.4f}",
                f"{arm.gap:+.4f}",
                str(arm.best_epoch),
            )
        return ["", table, ""]

    def notebook(self, figures: Summary) -> list[Any]:
        """A data frame, a row a model."""
        import pandas as pd

        rows = {
            arm.title: {
                "test accuracy": arm.test_accuracy,
                "test loss": arm.test_loss,
                "train accuracy": arm.train_accuracy,
                "train loss": arm.train_loss,
                "train − test": arm.gap,
                "best epoch": arm.best_epoch,
                "parameters": arm.parameters,
                "seconds of training": arm.fit_seconds,
            }
            for arm in figures.arms
        }
        frame = pd.DataFrame.from_dict(rows, orient="index")
        return [frame.astype({"best epoch": int, "parameters": int})]


SECTION = BothModels()

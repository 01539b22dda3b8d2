"""Both models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table as TerminalTable

from pipeline.report.section import SummarySection
from pipeline.report.table import Cell, Number, Table, number, signed
from pipeline.report.text import LONGEST_IN_CELL, in_terminal
from pipeline.runs.result import Summary

#: What each row is of: its name, the field of `ArmSummary`, digits after the point.
_FIGURES = (
    ("test accuracy", "test_accuracy", 4),
    ("test loss", "test_loss", 4),
    ("eval accuracy (chose the epoch)", "eval_accuracy", 4),
    ("train accuracy, finished model", "train_accuracy", 4),
    ("generalization gap (train − test accuracy)", "gap", 4),
    ("best epoch", "best_epoch", 0),
    ("parameters", "parameters", 0),
    ("seconds of training", "fit_seconds", 1),
)


class BothModels(SummarySection):
    """Accuracy, loss, gap and cost of both arms; of the first seed."""

    order, title = 10, "Both models"
    terminal_order = 10
    template = """
{{ table(section.table(s)) }}
"""

    def table(self, summary: Summary) -> Table:
        """A row a figure."""
        baseline, candidate = summary.arms
        rows: list[Sequence[Cell]] = [
            _row(
                name,
                getattr(candidate, field) - getattr(baseline, field),
                digits,
                *(getattr(arm, field) for arm in summary.arms),
            )
            for name, field, digits in _FIGURES
        ]
        speeds = [arm.pictures_per_second for arm in summary.arms]
        ratio = speeds[1] / speeds[0]
        rows.append(
            (
                "pictures a second, answering",
                Number(f"× {ratio:.2f}", ratio),
                *(number(speed, 0) for speed in speeds),
            )
        )
        sizes = [arm.exported_bytes / 1e6 for arm in summary.arms]
        rows.append(_row("exported size, MB", sizes[1] - sizes[0], 2, *sizes))
        rows.append(("trained on", "", *(_trained_on(arm.accelerator) for arm in summary.arms)))
        columns = ("figure", "difference", *(arm.title for arm in summary.arms))
        return Table("both models' figures, and their difference", columns, rows)

    def heading(self, figures: Summary) -> str:
        """Names the seed where there are several."""
        return self.title + (f", seed {figures.seeds[0]}" if len(figures.seeds) > 1 else "")

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """A line a model."""
        table = TerminalTable(box=None, pad_edge=False)
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


def _row(name: str, difference: float, digits: int, *values: float) -> Sequence[Cell]:
    return (name, signed(difference, digits), *(number(value, digits) for value in values))


def _trained_on(accelerator: Mapping[str, Any]) -> str:
    """What a model was trained on, see `components.trainer.accelerator.Chosen`."""
    threads, replicas = accelerator["threads"], accelerator["replicas"]
    parts = [accelerator["devices"]]
    parts += ["float16"] * bool(accelerator["mixed_precision"])
    parts += ["XLA"] * bool(accelerator["xla"])
    if accelerator["devices"] == "CPU" and threads:
        parts.append(f"{threads} thread{'' if threads == 1 else 's'}")
    if replicas > 1:
        parts.append(f"{replicas} replicas")
    return ", ".join(parts)


SECTION = BothModels()

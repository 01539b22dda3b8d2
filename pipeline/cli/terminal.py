"""How results look on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.report.comparison import Comparison

_NAMED = 3  # pictures of one kind; the report has them all


def print_summary(summary: Mapping[str, Any], report: Path) -> None:
    """Prints the verdict of a run.

    Args:
      summary: the run's `summary.json`.
      report: the page that says more.
    """
    out = Console(soft_wrap=True, highlight=False)
    out.print()
    out.print(_arm_table(summary))
    out.print()
    if len(summary["seeds"]) > 1:
        out.print(_seed_table(summary))
        out.print()
    out.print(summary["question"])
    out.print(summary["headline"], style="bold")
    for detail in summary["details"]:
        out.print(detail)
    out.print(f"data: {summary['data']}")
    for note in summary["picture_notes"]:
        names = ", ".join(note["pictures"][:_NAMED]) + (", …" if note["count"] > _NAMED else "")
        use = "used" if note["used"] else "left out"
        out.print(f"{use}: {note['count']:,} × {note['note']}: {names}")
    out.print(f"report: {report}")


def print_comparison(comparison: Comparison) -> None:
    """Prints runs side by side, and the settings that differ."""
    table = Table(box=None, pad_edge=False)
    for column in ("run", "experiment", "seeds", "baseline", "candidate", "points", "95 %"):
        table.add_column(column, justify="left" if column in ("run", "experiment") else "right")
    table.add_column("conclusion")
    for run in comparison.runs:
        table.add_row(
            run.run,
            run.experiment,
            str(run.seeds),
            f"{run.baseline:.4f}",
            f"{run.candidate:.4f}",
            f"{100 * run.difference:+.2f}",
            f"{100 * run.low:+.2f} … {100 * run.high:+.2f}",
            run.conclusion,
        )
    out = Console(soft_wrap=True, highlight=False, width=140)
    out.print(table)
    if comparison.differing:
        out.print("\nsettings that differ:")
    for name, values in comparison.differing.items():
        out.print(f"  {name}: {', '.join(map(str, values))}")


def _arm_table(summary: Mapping[str, Any]) -> Table:
    """Both arms' figures, those of the first seed."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for column in ("test accuracy", "test loss", "train − test", "best epoch"):
        table.add_column(column, justify="right")
    for arm in (summary["baseline"], summary["candidate"]):
        table.add_row(
            arm["title"],
            f"{arm['test_accuracy']:.4f}",
            f"{arm['test_loss']:.4f}",
            f"{arm['train_accuracy'] - arm['test_accuracy']:+.4f}",
            str(arm["best_epoch"]),
        )
    return table


def _seed_table(summary: Mapping[str, Any]) -> Table:
    """Each seed's test accuracies."""
    table = Table(box=None, pad_edge=False)
    for column in ("seed", summary["baseline"]["title"], summary["candidate"]["title"]):
        table.add_column(column, justify="right")
    table.add_column("points", justify="right")
    table.add_column("McNemar p", justify="right")
    significance = summary["significance"]
    for seed, baseline, candidate, p in zip(
        summary["seeds"],
        significance["baseline_accuracy"],
        significance["candidate_accuracy"],
        significance["mcnemar_p"],
        strict=True,
    ):
        points = f"{100 * (candidate - baseline):+.2f}"
        table.add_row(str(seed), f"{baseline:.4f}", f"{candidate:.4f}", points, f"{p:.2g}")
    return table

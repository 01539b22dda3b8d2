"""How runs side by side look on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from pipeline.report.comparison import Comparison
from pipeline.report.text import in_terminal


def print_comparison(comparison: Comparison) -> None:
    """Prints runs side by side, and the settings that differ."""
    table = Table(box=None, pad_edge=False)
    texts = ("run", "experiment", "metric")
    for column in (*texts, "seeds", "baseline", "candidate", "points", "95 %"):
        table.add_column(column, justify="left" if column in texts else "right")
    table.add_column("conclusion")
    for run in comparison.runs:
        table.add_row(
            in_terminal(run.run),
            in_terminal(run.experiment),
            in_terminal(run.metric),
            str(run.seeds),
            f"{run.baseline:.4f}",
            f"{run.candidate:.4f}",
            f"{100 * run.difference:+.2f}",
            f"{100 * run.low:+.2f} … {100 * run.high:+.2f}",
            in_terminal(run.conclusion),
        )
    out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False, width=140)
    out.print(table)
    if comparison.differing:
        out.print("\nsettings that differ:")
    for name, values in comparison.differing.items():
        out.print(in_terminal(f"  {name}: {', '.join(map(str, values))}"))

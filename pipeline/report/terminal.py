"""A run's result as `run` and `show` print it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from pipeline.report.section import SummarySection, all_sections
from pipeline.report.text import in_terminal
from pipeline.runs.result import Summary


def print_summary(summary: Summary, page: Path) -> None:
    """Prints the sections that show on the terminal, and where the page is.

    Args:
      summary: of the run.
      page: the report.
    """
    out = Console(highlight=False, markup=False, emoji=False)

    def show(line: RenderableType) -> None:
        whole = isinstance(line, Text) and line.no_wrap
        # In a file a line is a line, as long as it is.
        out.print(line, soft_wrap=whole or not out.is_terminal)

    shown = [section for section in all_sections().values() if isinstance(section, SummarySection)]
    for section in sorted(shown, key=lambda section: section.terminal_order):
        for line in section.terminal(summary):
            show(in_terminal(line) if isinstance(line, str) else line)
    show(in_terminal(f"report: {page}", prose=False))

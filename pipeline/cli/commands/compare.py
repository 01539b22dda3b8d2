"""`compare`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import terminal
from pipeline.cli.options import root_option
from pipeline.report.comparison import compare
from pipeline.runs.folders import find_run


@click.command
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@root_option
def command(runs: tuple[str, ...], root: Path) -> None:
    """Set finished runs side by side.

    RUN is a run's id or an experiment.
    """
    from pipeline.runs.result import SUMMARY

    summaries = [find_run(root, run).read(SUMMARY) for run in runs]
    terminal.print_comparison(compare(summaries))

"""`compare`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import complete, console, terminal
from pipeline.cli.options import json_option, root_option
from pipeline.report.comparison import compare
from pipeline.runs.folders import find_run


@click.command
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", shell_complete=complete.runs)
@json_option
@root_option
def command(runs: tuple[str, ...], as_json: bool, root: Path) -> None:
    """Set finished runs side by side.

    RUN is a run's id or an experiment.
    """
    from pipeline.runs.result import SUMMARY

    summaries = [find_run(root, run).read(SUMMARY) for run in runs]
    comparison = compare(summaries)
    if as_json:
        console.say_json(comparison)
    else:
        terminal.print_comparison(comparison)

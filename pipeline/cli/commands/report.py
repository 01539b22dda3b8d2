"""`report`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import console
from pipeline.cli.options import root_option, run_argument
from pipeline.runs.folders import find_run


@click.command
@run_argument
@click.option("--trust", is_flag=True, help="run code that the run names: it is from you")
@root_option
def command(run: str | None, trust: bool, root: Path) -> None:
    """Build a finished run's report anew, without training.

    RUN is a run's id or an experiment; default: the last run.
    """
    folder = find_run(root, run)
    with console.quiet():
        from pipeline.report.of_run import write_report

        write_report(folder, trust=trust)
    console.say(f"report: {folder.report}")

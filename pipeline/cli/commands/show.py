"""`show`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import root_option
from pipeline.runs.folders import find_run


@click.command
@click.argument("run", metavar="[RUN]", required=False)
@root_option
def command(run: str | None, root: Path) -> None:
    """Print the verdict of a finished run again.

    RUN is a run's id or an experiment; default: the last run.
    """
    from pipeline.report.terminal import print_summary
    from pipeline.runs.result import SUMMARY

    folder = find_run(root, run)
    print_summary(folder.read(SUMMARY), folder.report)

"""`show`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import console
from pipeline.cli.options import json_option, root_option, run_argument
from pipeline.runs.folders import find_run


@click.command
@run_argument
@json_option
@root_option
def command(run: str | None, as_json: bool, root: Path) -> None:
    """Print the verdict of a finished run again.

    RUN is a run's id or an experiment; default: the last run.
    """
    from pipeline.report.terminal import print_summary
    from pipeline.runs.result import SUMMARY

    folder = find_run(root, run)
    summary = folder.read(SUMMARY)
    if as_json:
        console.say_json(SUMMARY.plain(summary))
    else:
        print_summary(summary, folder.report)

"""`open`."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from components.errors import UserError
from pipeline.cli import console
from pipeline.cli.options import root_option, run_argument
from pipeline.runs.folders import find_run


@click.command
@run_argument
@root_option
def command(run: str | None, root: Path) -> None:
    """Open a run's report in the browser.

    RUN is a run's id or an experiment; default: the last run. The report's path is printed, too:
    where there is no browser, that is all.
    """
    page = find_run(root, run).report
    if not page.exists():
        name = page.parent.name
        raise UserError(f"run {name} has no report: `report {name}` builds that of a finished run")
    with console.quiet():  # browsers print what nobody asked for
        opened = webbrowser.open(page.as_uri())
    console.say(f"report: {page}" if opened else f"no browser here; report: {page}")

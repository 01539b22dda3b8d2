"""`runs`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import complete, console, terminal
from pipeline.cli.options import json_option, root_option


@click.command
@click.argument(
    "experiment",
    metavar="[EXPERIMENT]",
    required=False,
    shell_complete=complete.experiments_that_ran,
)
@json_option
@root_option
def command(experiment: str | None, as_json: bool, root: Path) -> None:
    """List all runs, the newest first.

    EXPERIMENT lists its runs only. The size of a run is that of its folder and of what its own
    nodes made.
    """
    from pipeline.runs.listing import list_runs

    listed = list_runs(root, experiment)
    if as_json:
        console.say_json(listed)
    elif listed:
        terminal.print_runs(listed)
    else:
        console.say(f"no runs in {root}: start one with `run`")

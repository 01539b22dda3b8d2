"""`logs`."""

from __future__ import annotations

from pathlib import Path

import click

from components.errors import UserError
from components.hints import did_you_mean
from pipeline.cli import console
from pipeline.cli.log_files import follow
from pipeline.cli.options import root_option, run_argument
from pipeline.runs.folders import RunFolder, find_run


@click.command
@run_argument
@click.option("--node", metavar="NODE", help="only what this node's process printed")
@click.option("--follow", "-f", is_flag=True, help="go on until the run ends")
@root_option
def command(run: str | None, node: str | None, follow: bool, root: Path) -> None:
    """Print what TFX, Beam and TensorFlow said during a run.

    RUN is a run's id or an experiment; default: the last run, whether it has finished or not.
    """
    folder = find_run(root, run, finished=False)
    if node:
        _check(folder, node)
    _print(folder, node, follow)


def _check(run: RunFolder, node: str) -> None:
    """Refuses a node that the run does not have."""
    events = run.read_events()
    known: list[str] = next((event["nodes"] for event in events if event["kind"] == "run"), [])
    if not known:
        raise UserError(f"run {run.id} was stopped before its first node")
    if node not in known:
        raise UserError(f"run {run.id} has no node {node!r}: {did_you_mean(node, known)}")


def _print(run: RunFolder, node: str | None, goes_on: bool) -> None:
    printed = False
    for text in follow(run, node, goes_on=goes_on):
        console.say(text)
        printed = True
    if not printed:
        what = f"{node} of run {run.id}" if node else f"run {run.id}"
        console.complain(f"{what} has printed nothing")

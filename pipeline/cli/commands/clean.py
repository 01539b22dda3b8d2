"""`clean`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.errors import UserError
from pipeline.cli import complete, console
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import root_option
from pipeline.cli.words import bytes_in_words, count
from pipeline.runs.folders import ExperimentFolder

if TYPE_CHECKING:
    from pipeline.runs.cleaning import Cleaning


@click.command
@click.argument(
    "experiment",
    metavar="[EXPERIMENT]",
    required=False,
    shell_complete=complete.experiments_that_ran,
)
@click.option(
    "--keep",
    type=click.IntRange(1, 100_000),
    default=3,
    metavar="N",
    help="finished runs of each experiment that stay (default: 3)",
)
@click.option("--yes", is_flag=True, help="free it; without this, only say what could go")
@root_option
def command(experiment: str | None, keep: int, yes: bool, root: Path) -> int | None:
    """Free what old runs have left, or say what could go.

    Kept are the last N finished runs of each experiment, every run since, the points of studies,
    and all that these need: their reports can be built anew, and their nodes stay in the cache.
    What was pushed for serving stays, too.
    """
    from pipeline.runs.listing import experiment_homes

    found, skipped = list[int](), False
    for home in experiment_homes(root, experiment):
        try:
            found += _of_experiment(home, keep, yes)
        except UserError as error:
            if experiment:
                raise
            skipped = True
            console.complain(f"error: {home.path.name}: {error}")
    if found:
        taken = bytes_in_words(sum(found))
        console.say(f"freed {taken}" if yes else f"{taken} could go: add --yes to free them")
    return ExitCode.MISTAKE if skipped else None


def _of_experiment(home: ExperimentFolder, keep: int, yes: bool) -> list[int]:
    """Cleans an experiment's folder, or looks at it; gives the bytes of each thing that goes."""
    from pipeline.runs import cleaning

    with home.locked(to_clean=True):
        with console.quiet():
            found = cleaning.look(home, keep)
        console.say(f"{home.path.name}: {_in_words(found)}")
        if yes:
            with console.quiet():
                cleaning.clean(home, found.leftovers)
    return [each.bytes for each in found.leftovers]


def _in_words(found: Cleaning) -> str:
    kept = f"keeps {count(len(found.kept), 'run')}"
    if not found.leftovers:
        return f"{kept}, and there is nothing besides that could go"
    number = Counter(each.kind for each in found.leftovers)
    taken: Counter[str] = Counter()
    for each in found.leftovers:
        taken[each.kind] += each.bytes
    goes = [f"{count(number[kind], kind)} ({bytes_in_words(taken[kind])})" for kind in number]
    runs = [each.path.name for each in found.leftovers if each.kind == "run"]
    which = f": {runs[0]} to {runs[-1]}" if len(runs) > 1 else f": {runs[0]}" if runs else ""
    return f"{kept}; not needed: {', '.join(goes)}{f'; runs{which}' if which else ''}"

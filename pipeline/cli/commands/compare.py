"""`compare`."""

from __future__ import annotations

from pathlib import Path

import click

from components.errors import UserError
from pipeline.cli import complete, console, terminal
from pipeline.cli.options import json_option, root_option
from pipeline.report.comparison import compare
from pipeline.runs.folders import find_run


@click.command
@click.argument(
    "names", nargs=-1, required=True, metavar="RUN...", shell_complete=complete.runs_and_studies
)
@json_option
@root_option
def command(names: tuple[str, ...], as_json: bool, root: Path) -> None:
    """Set finished runs, or finished studies, side by side.

    RUN is a run's id or an experiment; or all are names of studies.
    """
    from pipeline.report.studies.comparison import compare_studies
    from pipeline.runs.result import SUMMARY
    from pipeline.runs.study_result import finished_studies, open_study

    studies = set(names) & set(finished_studies(root))
    if studies and len(studies) < len(set(names)):
        other = next(name for name in names if name not in studies)
        raise UserError(
            f"{other} is no finished study, and {min(studies)} is one: compare studies with "
            "studies, and runs with runs"
        )
    if studies:
        of_studies = compare_studies([open_study(root, name) for name in names])
        if as_json:
            console.say_json(of_studies)
        else:
            terminal.print_studies(of_studies)
        return
    comparison = compare([find_run(root, name).read(SUMMARY) for name in names])
    if as_json:
        console.say_json(comparison)
    else:
        terminal.print_comparison(comparison)

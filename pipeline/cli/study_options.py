"""Options of the commands that take a study."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from components.errors import UserError
from pipeline import experiments
from pipeline.cli import complete
from pipeline.cli.options import EXPERIMENT_OPTIONS, quietly, request_of, with_options
from pipeline.settings.study import DESIGNS, Design
from pipeline.studies import find_study

F = TypeVar("F", bound=Callable[..., Any])

_VARIED_OPTIONS = (
    click.option(
        "--vary",
        multiple=True,
        metavar="NAME=VALUE,VALUE",
        help="of an experiment: a setting to vary, e.g. dataset.train_limit=500,1000,2000; twice "
        "for a table (NAME,NAME=… sets several to the same)",
    ),
    click.option(
        "--design",
        type=click.Choice(DESIGNS),
        help="with --vary: grid (default); factorial or one-at-a-time for parts, e.g. "
        "candidate.arguments.dropout=0,0.5",
    ),
)


def study_options(command: F) -> F:
    """Gives a command all that names a study, its data and changes in its settings.

    They reach the command as a `Study`, its parameter `study`, and a `Request` for that study's
    experiment, its parameter `request`.
    """

    @functools.wraps(command)
    def with_study(
        *, study: str, vary: tuple[str, ...], design: Design | None, **options: Any
    ) -> Any:
        which = quietly(find_study, study, vary, design)
        request, others = request_of(which.experiment, options)
        return command(study=which, request=request, **others)

    argument = click.argument("study", metavar="STUDY", shell_complete=complete.studies)
    return with_options(with_study, (argument, *_VARIED_OPTIONS, *EXPERIMENT_OPTIONS))


def experiment_or_study_options(command: F) -> F:
    """Gives a command what `experiment_options` and, with `--study`, `study_options` give.

    Without `--study` its parameter `study` is None.
    """

    @functools.wraps(command)
    def with_either(
        *, what: str, as_study: bool, vary: tuple[str, ...], design: Design | None, **options: Any
    ) -> Any:
        if not as_study and (vary or design):
            raise UserError("--vary and --design go with --study")
        study = quietly(find_study, what, vary, design) if as_study else None
        experiment = study.experiment if study else quietly(experiments.find_experiment, what)
        request, others = request_of(experiment, options)
        return command(study=study, request=request, **others)

    before = (
        click.argument("what", metavar="EXPERIMENT", shell_complete=complete.studies),
        click.option(
            "--study", "as_study", is_flag=True, help="EXPERIMENT is a study: a run for each point"
        ),
    )
    return with_options(with_either, (*before, *_VARIED_OPTIONS, *EXPERIMENT_OPTIONS))

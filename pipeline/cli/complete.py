"""What a shell's completion offers: experiments, runs, names of settings.

It says nothing on its own, and a folder that cannot be read has nothing to offer.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from components.errors import UserError
from components.text import in_line
from pipeline import home
from pipeline.experiments import EXPERIMENTS, find_experiment
from pipeline.runs.folders import experiment_folders
from pipeline.settings.overrides import dotted
from pipeline.studies import STUDIES

#: The variable by which a shell asks; README has the line that it is asked for with.
VARIABLE = "_REGULARIZATION_PIPELINE_COMPLETE"


def experiments(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The built-in experiments."""
    return _starting(incomplete, EXPERIMENTS)


def studies(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The built-in studies, and the experiments that one can be made of."""
    return _starting(incomplete, [*STUDIES, *EXPERIMENTS])


def experiments_that_ran(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The experiments that have a folder below the root."""
    return _starting(
        incomplete, [folder.path.name for folder in experiment_folders(_root(context))]
    )


def runs(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The runs' ids, the newest first, and the experiments that have any."""
    folders = experiment_folders(_root(context))
    ids = sorted((run.id for folder in folders for run in folder.runs()), reverse=True)
    return _starting(incomplete, [*(folder.path.name for folder in folders), *ids])


def runs_and_studies(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What `runs` offers, and the finished studies."""
    from pipeline.runs.study_result import finished_studies  # no other command waits for it

    made = _starting(incomplete, finished_studies(_root(context)))
    return [*runs(context, parameter, incomplete), *made]


def files(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Runs, and what the shell itself completes: files and folders."""
    return [*runs(context, parameter, incomplete), CompletionItem(incomplete, type="file")]


def settings(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The names of the settings, with the equals sign that follows."""
    # Before its option is whole, click leaves an experiment among the words that it has not read.
    named = [word for word in (context.params.get("experiment"), *context.args) if word]
    try:
        chosen = [find_experiment(word) for word in named[:1]] or list(EXPERIMENTS.values())
    except UserError:
        chosen = list(EXPERIMENTS.values())
    names = dict.fromkeys(name for experiment in chosen for name in dotted(experiment))
    return _starting(incomplete, [f"{name}=" for name in names])


def _root(context: click.Context) -> Path:
    root = context.params.get("root")
    return root if isinstance(root, Path) else home.runs_folder()


def _starting(incomplete: str, words: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete) and _plain(word)]


def _plain(word: str) -> bool:
    """Whether a shell can be handed it: names of folders may be anything."""
    return in_line(word) == word

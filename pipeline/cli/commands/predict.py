"""`predict`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import console
from pipeline.cli.options import pictures_argument, root_option, run_argument
from pipeline.runs.folders import find_run

_SHOWN = 3  # of the classes: the most probable ones


@click.command
@run_argument
@pictures_argument
@root_option
def command(run: str, pictures: tuple[Path, ...], root: Path) -> None:
    """Ask a finished run's candidate about pictures.

    RUN is a run's id or an experiment.
    """
    from pipeline.runs.result import EXPERIMENT

    folder = find_run(root, run)
    class_names = folder.read(EXPERIMENT).dataset.class_names
    with console.quiet():
        from pipeline.runs import predict

        answers = predict.ask_candidate(folder, pictures)
    for file, probabilities in zip(pictures, answers.probabilities, strict=True):
        best = probabilities.argsort()[::-1][:_SHOWN]
        listed = (f"{class_names[i]} {probabilities[i]:.3f}" for i in best)
        console.say(f"{file}: {', '.join(listed)}")

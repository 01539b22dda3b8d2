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
    folder = find_run(root, run)
    with console.quiet():
        from pipeline.runs import predict

        answers = predict.predict(folder, pictures)
    names = [str(name) for name in folder.read("experiment.json")["dataset"]["class_names"]]
    for file, probabilities in zip(pictures, answers.probabilities, strict=True):
        best = probabilities.argsort()[::-1][:_SHOWN]
        print(f"{file}: {', '.join(f'{names[i]} {probabilities[i]:.3f}' for i in best)}")

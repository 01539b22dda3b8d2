"""`list`."""

from __future__ import annotations

import click

from components.settings import to_plain
from pipeline.cli.console import say, say_json
from pipeline.cli.options import json_option
from pipeline.experiments import EXPERIMENTS
from pipeline.studies import STUDIES


@click.command
@json_option
def command(as_json: bool) -> None:
    """List the built-in experiments and studies."""
    if as_json:
        say_json(
            {
                "experiments": [to_plain(each) for each in EXPERIMENTS.values()],
                "studies": [to_plain(each) for each in STUDIES.values()],
            }
        )
        return
    for experiment in EXPERIMENTS.values():
        say(f"{experiment.name}: {experiment.question}")
        say(
            f"    {experiment.dataset.title}: {experiment.baseline.title} against "
            f"{experiment.candidate.title}"
        )
    for study in STUDIES.values():
        say(f"{study.name} (study): {study.question}")
        varied = " and ".join(f"{each.name} {', '.join(each.values)}" for each in study.varied)
        say(f"    {study.experiment.dataset.title}: {varied}")

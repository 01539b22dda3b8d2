"""`list`."""

from __future__ import annotations

import click

from components.settings import to_plain
from pipeline.cli.console import say, say_json
from pipeline.cli.options import json_option
from pipeline.experiments import EXPERIMENTS


@click.command
@json_option
def command(as_json: bool) -> None:
    """List the built-in experiments."""
    if as_json:
        say_json([to_plain(experiment) for experiment in EXPERIMENTS.values()])
        return
    for experiment in EXPERIMENTS.values():
        say(f"{experiment.name}: {experiment.question}")
        say(
            f"    {experiment.dataset.title}: {experiment.baseline.title} against "
            f"{experiment.candidate.title}"
        )

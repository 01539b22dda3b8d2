"""`list`."""

from __future__ import annotations

import click

from pipeline.cli.console import say
from pipeline.experiments import EXPERIMENTS


@click.command
def command() -> None:
    """List the built-in experiments."""
    for experiment in EXPERIMENTS.values():
        say(f"{experiment.name}: {experiment.question}")
        say(
            f"    {experiment.dataset.title}: {experiment.baseline.title} against "
            f"{experiment.candidate.title}"
        )

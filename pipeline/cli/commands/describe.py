"""`describe`."""

from __future__ import annotations

import click

from pipeline.cli import console
from pipeline.cli.options import Request, experiment_options, json_option
from pipeline.cli.own_pictures import say_notes, settled


@click.command
@experiment_options
@json_option
def command(request: Request, as_json: bool) -> None:
    """Show an experiment's settings and the layers of both models, without running it.

    EXPERIMENT is its name, or your own: module:NAME.
    """
    request, notes = settled(request)
    experiment = request.changed()  # a mistake shows before the seconds that TensorFlow takes
    with console.quiet():
        from pipeline.description import describe

        description = describe(experiment)
    if as_json:
        console.say_json(description)
    else:
        from pipeline.cli.described import print_description

        say_notes(notes)
        print_description(description)

"""`compile`."""

from __future__ import annotations

from pathlib import Path

import click

from components.errors import UserError
from pipeline.cli import console
from pipeline.cli.options import (
    FILE,
    Request,
    experiment_options,
    image_option,
    resources_option,
    say_of_image,
)
from pipeline.cli.own_pictures import settled_for_cluster


@click.command
@click.option("--output", type=FILE, required=True, metavar="FILE.yaml")
@experiment_options
@image_option()
@resources_option
def command(request: Request, output: Path, image: str, resources: Path) -> None:
    """Compile an experiment for Kubeflow Pipelines.

    EXPERIMENT is its name, or your own: module:NAME.
    """
    if output.suffix not in (".yaml", ".yml"):
        raise UserError(f"--output {output}: its name must end in .yaml")
    request = settled_for_cluster(request)
    request.changed()  # a mistake shows before the seconds that TFX takes
    with console.quiet():
        package = request.compile(image, resources)
        package.write(output)
    say_of_image(image)
    console.say(f"{package.name}: {output}")

"""`schedule`."""

from __future__ import annotations

from pathlib import Path

import click

from components.errors import UserError
from pipeline.cli import console
from pipeline.cli.cluster import Target, cluster_options, prepared
from pipeline.cli.options import (
    Request,
    experiment_options,
    image_option,
    resources_option,
    say_of_image,
)
from pipeline.cli.own_pictures import settled_for_cluster
from pipeline.runners.kubeflow.cron import for_kubeflow


@click.command
@cluster_options
@click.option("--cron", metavar="TIMES", help='UTC: "0 3 * * mon", @hourly, @daily, @weekly, …')
@click.option(
    "--catchup", is_flag=True, help="make up for times that were missed (default: the last only)"
)
@click.option("--list", "listed", is_flag=True, help="show the experiment's recurring runs")
@click.option("--end", metavar="ID", help="end one of them")
@experiment_options
@image_option(required=False)
@resources_option
def command(
    request: Request,
    target: Target,
    cron: str | None,
    catchup: bool,
    listed: bool,
    end: str | None,
    image: str | None,
    resources: Path,
) -> None:
    """Run an experiment on Kubeflow Pipelines again and again, or list and end such runs.

    Each run looks at the data first, and makes nothing anew where they have not changed.

    EXPERIMENT is its name, or your own: module:NAME.
    """
    if sum((cron is not None, listed, end is not None)) != 1:
        raise UserError("give one of --cron, --list and --end")
    if catchup and cron is None:
        raise UserError("--catchup goes with --cron")
    request = settled_for_cluster(request)
    request.changed()  # a mistake shows before the seconds that follow
    name = request.experiment.name
    if cron is None:
        _look(name, target, end)
        return
    if image is None:
        raise UserError("--cron needs --image, of the containers")
    times = for_kubeflow(cron)
    with (
        console.quiet(),
        prepared(request, target, image=image, resources=resources) as ready,
    ):
        made = ready.cluster.schedule(
            ready.file,
            name=name,
            settings=(*request.changes, *target.parameters),
            times=times,
            catchup=catchup,
            pipeline_root=target.pipeline_root,
            service_account=target.service_account,
            parameters=ready.values,
        )
    say_of_image(image)
    console.say(f"{name}: runs at {cron} (UTC) on {ready.cluster.installation}, as {made}")


def _look(name: str, target: Target, end: str | None) -> None:
    """Shows an experiment's recurring runs, or ends one of them."""
    with console.quiet():
        from pipeline.runners.kubeflow.client import Cluster

        cluster = Cluster(target.host, target.namespace)
        cluster.installation.check(target.namespace, "")
        recurring = cluster.recurring(name)
        if end is not None:
            if end not in (each.id for each in recurring):
                raise UserError(f"--end {end}: {name} has no such recurring run; see --list")
            cluster.end(end)
    if end is not None:
        console.say(f"{name}: ended {end}")
        return
    for each in recurring:
        console.say(f"{each.id}  {each.times}  {each.name}")
    if not recurring:
        console.say(f"{name} has no recurring runs")

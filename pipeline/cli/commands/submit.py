"""`submit`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import console
from pipeline.cli.cluster import Target, cluster_options, prepared
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import (
    Request,
    experiment_options,
    image_option,
    no_cache_option,
    resources_option,
    say_of_image,
)
from pipeline.cli.own_pictures import settled_for_cluster


@click.command
@cluster_options
@no_cache_option
@click.option("--wait", is_flag=True, help="follow the run to its end, and fetch its report")
@experiment_options
@image_option()
@resources_option
def command(
    request: Request,
    target: Target,
    no_cache: bool,
    wait: bool,
    image: str,
    resources: Path,
) -> int | None:
    """Run an experiment on Kubeflow Pipelines.

    EXPERIMENT is its name, or your own: module:NAME.
    """
    request = settled_for_cluster(request)
    with (
        console.quiet(),
        prepared(request, target, image=image, resources=resources) as ready,
    ):
        from pipeline.runners.kubeflow import fetch

        if wait:
            fetch.check_store(ready.root)  # now, not after hours
        run = ready.cluster.submit(
            ready.file,
            name=ready.package.name,
            settings=(*request.changes, *target.parameters),
            pipeline_root=target.pipeline_root,
            service_account=target.service_account,
            parameters=ready.values,
            cache=not no_cache,
        )
    say_of_image(image)
    name, cluster = ready.package.name, ready.cluster
    console.say(f"{name}, run {run.run_id} on {cluster.installation}: {run.address}")
    if not wait:
        return None
    state = cluster.follow(
        run.run_id, ready.package.nodes, lambda node, at: console.say(f"{node:<30} {at}")
    )
    if state != "SUCCEEDED":
        console.complain(f"error: the run ended as {state}; its page says why")
        return ExitCode.FAILED
    report = Path(f"{name}-{run.run_id}.html")
    fetch.fetch_report(ready.root, name, run.run_id, report)
    console.say(f"report: {report.resolve()}")
    return None

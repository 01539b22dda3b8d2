"""`submit`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from pipeline.cli import console
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import (
    Request,
    experiment_options,
    image_option,
    no_cache_option,
    resources_option,
    say_of_image,
)
from pipeline.runners.kubeflow.package import parse_parameters
from pipeline.runners.kubeflow.parameters import run_parameters, with_parameters


@click.command
@click.option("--host", required=True, metavar="ADDRESS", help="http://… or https://…")
@click.option(
    "--pipeline-root",
    default="",
    metavar="ADDRESS",
    help="folder of an object store (default: the cluster's own)",
)
@click.option("--namespace", default="", metavar="NAMESPACE", help="your profile's, if any")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="a parameter of this run, e.g. seed=2 (may be repeated)",
)
@no_cache_option
@click.option("--wait", is_flag=True, help="follow the run to its end, and fetch its report")
@experiment_options
@image_option
@resources_option
def command(
    request: Request,
    host: str,
    pipeline_root: str,
    namespace: str,
    parameters: tuple[str, ...],
    no_cache: bool,
    wait: bool,
    image: str,
    resources: Path,
) -> int | None:
    """Run an experiment on Kubeflow Pipelines.

    EXPERIMENT is its name, or your own: module:NAME.
    """
    requested = parse_parameters(parameters)
    experiment = request.changed()  # a mistake shows before the seconds that TFX takes
    with console.quiet():
        from pipeline.runners.kubeflow import client, stores

        if pipeline_root:
            stores.find_store(pipeline_root)
        package = request.compile(image, resources)
        values = package.check_parameters(requested)
        with_parameters(experiment, run_parameters(experiment, request.data), values)
        cluster = client.Cluster(host, namespace)
        cluster.installation.check(namespace, pipeline_root)
        root = pipeline_root or cluster.installation.default_root(namespace)
        if wait:
            client.check_store(root)  # now, not after hours
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "package.yaml"
            package.write(file)
            run = cluster.submit(
                file,
                name=package.name,
                settings=(*request.changes, *parameters),
                pipeline_root=pipeline_root,
                parameters=values,
                cache=not no_cache,
            )
    say_of_image(image)
    console.say(f"{package.name}, run {run.run_id} on {cluster.installation}: {run.address}")
    if not wait:
        return None
    state = cluster.follow(
        run.run_id, package.nodes, lambda node, at: console.say(f"{node:<30} {at}")
    )
    if state != "SUCCEEDED":
        console.complain(f"error: the run ended as {state}; its page says why")
        return ExitCode.FAILED
    report = Path(f"{package.name}-{run.run_id}.html")
    client.fetch_report(root, package.name, run.run_id, report)
    console.say(f"report: {report.resolve()}")
    return None

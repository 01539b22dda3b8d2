"""`submit`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.errors import UserError
from pipeline.cli import console
from pipeline.cli.cluster import Prepared, Target, cluster_options, prepared
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import (
    Request,
    image_option,
    no_cache_option,
    resources_option,
    root_option,
    say_of_image,
)
from pipeline.cli.own_pictures import settled_for_cluster
from pipeline.cli.studied import finish, in_words, say_plan
from pipeline.cli.study_options import experiment_or_study_options
from pipeline.runs.folders import study_folder
from pipeline.settings.study import Point, Study, of_experiment, points
from pipeline.settings.study_plan import plan

if TYPE_CHECKING:
    from pipeline.report.studies.collect import PointRun
    from pipeline.runners.kubeflow.client import Cluster, Submitted


@dataclasses.dataclass(frozen=True)
class _Started:
    """A run that was started.

    Attributes:
      run: on the cluster.
      name: of its pipeline.
      nodes: of it.
      cluster: that runs it.
      root: of its artifacts.
    """

    run: Submitted
    name: str
    nodes: list[str]
    cluster: Cluster
    root: str


@click.command
@cluster_options
@no_cache_option
@click.option("--wait", is_flag=True, help="follow to the end, and fetch the report")
@experiment_or_study_options
@image_option()
@resources_option
@root_option
def command(
    study: Study | None,
    request: Request,
    target: Target,
    no_cache: bool,
    wait: bool,
    image: str,
    resources: Path,
    root: Path,
) -> int | None:
    """Run an experiment, or each point of a study, on Kubeflow Pipelines.

    EXPERIMENT is its name, or your own: module:NAME. With --study and --wait the study's page is
    below ROOT, as that of a study here.
    """
    request = settled_for_cluster(request)

    def start(to_start: Request, experiment: str, settings: tuple[str, ...]) -> _Started:
        with prepared(to_start, target, image=image, resources=resources) as ready:
            if wait:
                _check_store(ready)
            run = ready.cluster.submit(
                ready.file,
                name=experiment,
                settings=(*settings, *target.parameters),
                pipeline_root=target.pipeline_root,
                service_account=target.service_account,
                parameters=ready.values,
                cache=not no_cache,
            )
            name, nodes = ready.package.name, list(ready.package.nodes)
            return _Started(run, name, nodes, ready.cluster, ready.root)

    if study is None:
        with console.quiet():
            started = start(request, request.experiment.name, request.changes)
        say_of_image(image)
        _say(started, started.name)
        return _fetch_one(started) if wait else None

    study = of_experiment(study, request.experiment)
    every = points(study, request.changes)
    say_plan(study, plan(every))
    say_of_image(image)

    def start_all() -> Iterator[_Started]:
        for point in every:
            changes = (*request.changes, *point.changes)
            of_point = dataclasses.replace(request, changes=changes)
            yield start(of_point, study.name, changes)

    runs = []
    for point, started in zip(every, console.quietly(start_all()), strict=True):
        _say(started, in_words(study, point))
        runs.append(started)
    return _fetch_study(study, every, runs, root) if wait else None


def _check_store(ready: Prepared) -> None:
    """Now, not after hours."""
    from pipeline.runners.kubeflow import fetch

    fetch.check_store(ready.root)


def _say(started: _Started, what: str) -> None:
    run, where = started.run, started.cluster.installation
    console.say(f"{what}, run {run.run_id} on {where}: {run.address}")


def _fetch_one(started: _Started) -> int | None:
    from pipeline.report.build import PAGE
    from pipeline.runners.kubeflow.fetch import fetch_report

    run_id = started.run.run_id
    state = started.cluster.follow(
        {run_id: started.nodes}, lambda _, node, at: console.say(f"{node:<30} {at}")
    )[run_id]
    if state != "SUCCEEDED":
        console.complain(f"error: the run ended as {state}; its page says why")
        return ExitCode.FAILED
    report = Path(f"{started.name}-{run_id}.html")
    fetch_report(started.root, started.name, run_id, {PAGE: report})
    console.say(f"report: {report.resolve()}")
    return None


def _fetch_study(study: Study, every: list[Point], runs: list[_Started], root: Path) -> int | None:
    """Follows all points' runs, fetches what a study needs of each, and draws its page."""
    named = {
        started.run.run_id: in_words(study, point)
        for point, started in zip(every, runs, strict=True)
    }
    states = runs[0].cluster.follow(
        {started.run.run_id: started.nodes for started in runs},
        lambda run_id, node, at: console.say(f"{named[run_id]:<30} {node:<30} {at}"),
    )
    folder = study_folder(root, study.name) / "fetched"
    ended = [
        _fetch_point(point, started, states[started.run.run_id], folder)
        for point, started in zip(every, runs, strict=True)
    ]
    return finish(study, ended, plan(every), root)


def _fetch_point(point: Point, started: _Started, state: str, folder: Path) -> PointRun:
    from pipeline.report.studies.collect import PointRun
    from pipeline.runners.kubeflow import fetch
    from pipeline.runs.folders import RunFolder

    if state != "SUCCEEDED":
        return PointRun(point, None, f"the run ended as {state}: {started.run.address} says why")
    run = RunFolder(folder / started.run.run_id)
    run.path.mkdir(parents=True, exist_ok=True)
    files = {name: run.path / name for name in fetch.FOR_STUDIES}
    try:
        fetch.fetch_report(started.root, started.name, started.run.run_id, files)
    except UserError as error:
        return PointRun(point, None, str(error))
    return PointRun(point, run)

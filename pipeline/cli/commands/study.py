"""`study`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.errors import UserError
from pipeline.cli import console
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import Request, jobs_option, root_option
from pipeline.cli.own_pictures import say_notes, settled
from pipeline.cli.running import Place, run_here
from pipeline.cli.studied import finish, in_words, say_plan
from pipeline.cli.study_options import study_options
from pipeline.cli.time_left import between
from pipeline.datasets import locate
from pipeline.runners.local.gpu import has_gpu
from pipeline.runners.run_experiment import Ending, Nodes
from pipeline.runs.study_time import Progress, estimate
from pipeline.settings.study import Point, Study, of_experiment, points
from pipeline.settings.study_plan import plan

if TYPE_CHECKING:
    from pipeline.report.studies.collect import PointRun


@click.command
@study_options
@jobs_option
@click.option("--plan", "only_plan", is_flag=True, help="say how many trainings it takes, and stop")
@root_option
def command(
    study: Study,
    request: Request,
    jobs: int | None,
    only_plan: bool,
    root: Path,
) -> int | None:
    """Run an experiment with a setting varied: when does it pay, how much, by which part?

    STUDY is its name, your own (module:NAME), or an experiment with --vary. It can be stopped at
    any time; the same command goes on.
    """
    gpu = has_gpu()
    request, notes = settled(request)
    study = of_experiment(study, request.experiment)
    before = [*(request.experiment.with_gpu if gpu else ()), *request.changes]
    every = points(study, before)
    planned = plan(every)
    say_notes(notes)
    say_plan(study, planned)
    if only_plan:
        console.say(_how_long(every, root))
        return None
    first = every[0].experiment
    locate.data(first.name, first.dataset, request.data)  # a mistake is every point's
    place = Place(root, gpu, request.beam_args)
    ended = _run_points(study, every, request.data, Nodes(jobs=jobs or 0), place)
    if len(ended) < len(every):
        with contextlib.suppress(OSError):  # the terminal may be what went away
            console.complain(f"stopped after {len(ended)} points; the same command goes on")
        return ExitCode.INTERRUPTED
    return finish(study, ended, planned, root)


def _how_long(every: Sequence[Point], root: Path) -> str:
    known = estimate(every, root)
    if known is None:
        return "how long a training takes is known after the first point"
    return (
        f"{between(*known.seconds)} of training one after the other, by run {known.run}; side by "
        "side it is less, and what is done already is not done again"
    )


def _run_points(
    study: Study, every: Sequence[Point], data: str, nodes: Nodes, place: Place
) -> list[PointRun]:
    """Runs the points, one after the other; fewer than all where it is stopped."""
    from pipeline.report.studies.collect import PointRun

    ended: list[PointRun] = []
    progress = Progress(every)
    for number, point in enumerate(every, start=1):
        console.say(f"[{number}/{len(every)}] {in_words(study, point)}")
        started = time.monotonic()
        try:
            ran = run_here(point.experiment, data, nodes, place)
        except UserError as error:
            console.complain(f"failed: {error}")
            ended.append(PointRun(point, None, str(error)))
            continue
        if ran.result.ending is Ending.INTERRUPTED:
            return ended
        if ran.result.ending is Ending.FAILED:
            console.complain(f"failed: {ran.result.reason}; see {ran.run.log}")
            ended.append(PointRun(point, None, ran.result.reason))
            continue
        ended.append(PointRun(point, ran.run))
        if left := progress.left(point, time.monotonic() - started):
            console.say(f"{between(*left)} left")
    return ended

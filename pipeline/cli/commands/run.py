"""`run`."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import click

from components.errors import UserError
from pipeline.cli import complete, console
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import (
    Request,
    experiment_options,
    jobs_option,
    no_cache_option,
    root_option,
)
from pipeline.cli.own_pictures import say_notes, settled
from pipeline.cli.running import Place, Ran, run_here
from pipeline.node_names import check_node
from pipeline.runners import find_runner
from pipeline.runners.local.gpu import has_gpu
from pipeline.runners.run_experiment import Ending, Nodes
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import SUMMARY


@click.command
@experiment_options
@no_cache_option
@click.option("--from-node", default="", metavar="NODE", help="run NODE and what follows it anew")
@click.option("--to-node", default="", metavar="NODE", help="run only NODE and what it needs")
@jobs_option
@click.option(
    "--base-model",
    metavar="RUN",
    shell_complete=complete.runs,
    help="go on from a finished run's models, each from the same arm's",
)
@click.option("--runner", default="local", metavar="RUNNER", help="where they run (default: local)")
@click.option("--require-blessing", is_flag=True, help="exit with 3 if not blessed")
@root_option
def command(
    request: Request,
    no_cache: bool,
    from_node: str,
    to_node: str,
    jobs: int | None,
    base_model: str | None,
    runner: str,
    require_blessing: bool,
    root: Path,
) -> int | None:
    """Run an experiment on this machine; what is in the cache is reused.

    EXPERIMENT is its name, or your own: module:NAME.
    """
    gpu = has_gpu()
    if base_model is not None:
        request = replace(request, changes=(*request.changes, f"base_model={base_model}"))
    request, notes = settled(request)
    experiment = request.changed(before=request.experiment.with_gpu if gpu else ())
    if no_cache and from_node:
        raise UserError("--no-cache runs every node anew already: leave out --from-node")
    find_runner(runner)  # mistakes show before anything is fetched
    for node in (from_node, to_node):
        check_node(experiment, node)
    nodes = Nodes(cached=not no_cache, first=from_node, last=to_node, jobs=jobs or 0)
    place = Place(root, gpu, request.beam_args, runner)
    say_notes(notes)
    untuned = None
    if experiment.tuning.trials and nodes == Nodes(jobs=nodes.jobs):
        console.say("first without tuning, to see whether tuning turns the answer")
        as_it_is = replace(experiment, tuning=replace(experiment.tuning, trials=0))
        untuned = run_here(as_it_is, request.data, nodes, place)
        if untuned.result.ending is not Ending.FINISHED:
            return _unfinished(untuned, to_node)
    ran = run_here(experiment, request.data, nodes, place)
    if ran.result.ending is not Ending.FINISHED:
        return _unfinished(ran, to_node)
    exit_code = _verdict(ran.run, require_blessing)
    if not ran.same:
        _say_next(ran.run)
    if untuned:
        console.say_prose(f"without tuning: {untuned.run.read(SUMMARY).headline}")
    return exit_code


def _unfinished(ran: Ran, to_node: str) -> int | None:
    """Tells how a run without a verdict ended; returns the exit code."""
    if ran.result.ending is Ending.INTERRUPTED:
        with contextlib.suppress(OSError):  # the terminal may be what went away
            console.complain("stopped; the same command goes on from here")
        return ExitCode.INTERRUPTED
    if ran.result.ending is Ending.FAILED:
        console.complain(f"error: {ran.result.reason}; see {_log_of_failure(ran.run)}")
        return ExitCode.FAILED
    console.say(f"stopped after {to_node} as asked; no verdict")
    return None


def _log_of_failure(run: RunFolder) -> Path:
    """The log that says why: of the node that failed, where its process said anything."""
    from pipeline.runs.listing import State, ended

    state, node = ended(run, running=False)
    log = run.node_log(node)
    return log if state is State.FAILED and log.is_file() else run.log


def _say_next(run: RunFolder) -> None:
    from pipeline.report.next_step import next_step

    step = next_step(run.read(SUMMARY))
    console.say_prose(f"next: {step.text}")
    if step.command:
        console.say(f"  {step.command}")  # a line of its own, to be copied


def _verdict(run: RunFolder, require_blessing: bool) -> int | None:
    from pipeline.report.terminal import print_summary

    summary = run.read(SUMMARY)
    print_summary(summary, run.report)
    return ExitCode.NOT_BLESSED if require_blessing and not summary.blessed else None

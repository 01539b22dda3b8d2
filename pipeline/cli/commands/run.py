"""`run`."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from components.errors import UserError
from components.files import is_address
from pipeline.cli import console
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import Request, experiment_options, no_cache_option, root_option
from pipeline.datasets import locate
from pipeline.runners import find_runner
from pipeline.runners.local.gpu import has_gpu
from pipeline.runners.run_experiment import Ending, Nodes, run_experiment
from pipeline.runs import unchanged
from pipeline.runs.folders import ExperimentFolder, RunFolder


@click.command
@experiment_options
@no_cache_option
@click.option("--from-node", default="", metavar="NODE", help="run NODE and what follows it anew")
@click.option("--to-node", default="", metavar="NODE", help="run only NODE and what it needs")
@click.option(
    "--jobs",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="nodes at the same time (default: as many as cores and memory allow)",
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
    runner: str,
    require_blessing: bool,
    root: Path,
) -> int | None:
    """Run an experiment on this machine; what is in the cache is reused.

    EXPERIMENT is its name, or your own: module:NAME.
    """
    gpu = has_gpu()
    experiment = request.changed(before=request.experiment.with_gpu if gpu else ())
    if no_cache and from_node:
        raise UserError("--no-cache runs every node anew already: leave out --from-node")
    find_runner(runner)  # a mistake shows before anything is fetched
    folder = ExperimentFolder.of(root, experiment.name)
    asked = (experiment, request.data, gpu)
    # What is at an address may have changed; whether it did is seen when it is looked at.
    whole = not (no_cache or from_node or to_node or is_address(request.data))
    if whole and runner == "local" and (same := unchanged.find(folder, *asked)):
        console.say(f"{experiment.name}: nothing has changed since run {same.id}")
        return _verdict(same, require_blessing)
    data = locate.data(experiment.name, experiment.dataset, request.data)
    weights = locate.weights(experiment.backbone_weights)
    files = [each.file for each in weights.values()]
    with folder.locked():
        before = unchanged.look(*asked, data.folder, files)
        run = folder.new_run()
        console.say(f"{experiment.name}, run {run.id}: {experiment.question}")
        console.say(f"data: {data.description}")
        with console.output_into(run.log) as out, console.following(run.events, out):
            result = run_experiment(
                experiment,
                run,
                data,
                weights,
                Nodes(cached=not no_cache, first=from_node, last=to_node, jobs=jobs or 0),
                runner=runner,
                beam_args=request.beam_args,
            )
    if result.ending is Ending.INTERRUPTED:
        with contextlib.suppress(OSError):  # the terminal may be what went away
            console.complain("stopped; the same command goes on from here")
        return ExitCode.INTERRUPTED
    if result.ending is Ending.FAILED:
        console.complain(f"error: {result.reason}; see {run.log}")
        return ExitCode.FAILED
    if result.ending is Ending.AT_LAST_NODE:
        console.say(f"stopped after {to_node} as asked; no verdict")
        return None
    exit_code = _verdict(run, require_blessing)
    with console.quiet():
        unchanged.note(run, before, unchanged.look(*asked, data.folder, files))
    return exit_code


def _verdict(run: RunFolder, require_blessing: bool) -> int | None:
    from pipeline.report.terminal import print_summary
    from pipeline.runs.result import SUMMARY

    summary = run.read(SUMMARY)
    print_summary(summary, run.report)
    return ExitCode.NOT_BLESSED if require_blessing and not summary.blessed else None

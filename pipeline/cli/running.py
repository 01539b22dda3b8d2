"""Runs an experiment on this machine, for commands: what is the same as before is not run again."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.environment import set_keras
from components.files import is_address
from pipeline.cli import console
from pipeline.datasets import locate
from pipeline.runners.run_experiment import Ending, Nodes, Result, run_experiment
from pipeline.runs import unchanged
from pipeline.runs.folders import ExperimentFolder, RunFolder, find_run
from pipeline.runs.metadata_file import check_metadata
from pipeline.settings.experiment import Experiment
from pipeline.settings.steps import few_steps

LOCAL = "local"


@dataclass(frozen=True)
class Ran:
    """A run.

    Attributes:
      run: its folder.
      result: what became of it.
      same: whether it is an earlier run, since which nothing has changed.
    """

    run: RunFolder
    result: Result
    same: bool = False


@dataclass(frozen=True)
class Place:
    """Where runs go, and what they run with.

    Attributes:
      root: folder of all runs.
      gpu: whether there is one.
      beam_args: options for Beam.
      runner: where nodes run.
    """

    root: Path
    gpu: bool
    beam_args: Sequence[str] = ()
    runner: str = LOCAL


def run_here(experiment: Experiment, data: str, nodes: Nodes, place: Place) -> Ran:
    """Runs an experiment, and shows it on the terminal meanwhile.

    Args:
      experiment: with all changes of its settings.
      data: where its data are, see `data/README.md`.
      nodes: which nodes run.
      place: where.

    Raises:
      UserError: the data cannot be had, or a node failed because of something the user can mend.
    """
    if experiment.base_model:  # an experiment's name means its last run of now
        base = find_run(place.root, experiment.base_model)
        experiment = dataclasses.replace(experiment, base_model=base.id)
    folder = ExperimentFolder.of(place.root, experiment.name)
    asked = (experiment, data, place.gpu)
    # What is at an address may have changed; whether it did is seen when it is looked at.
    whole = nodes.cached and not (nodes.first or nodes.last or is_address(data))
    if whole and place.runner == LOCAL and (same := unchanged.find(folder, *asked)):
        console.say(f"{experiment.name}: nothing has changed since run {same.id}")
        return Ran(same, Result(Ending.FINISHED), same=True)
    located = locate.data(experiment.name, experiment.dataset, data)
    weights = locate.weights(experiment.backbone_weights)
    files = [each.file for each in weights.values()]
    continued = _check_bases(experiment, place.root)
    few = [] if continued else few_steps(experiment, located.contents.pictures)
    with folder.locked():
        check_metadata(folder.metadata, write=True)
        before = unchanged.look(*asked, located.folder, files)
        run = folder.new_run()
        console.say_prose(f"{experiment.name}, run {run.id}: {experiment.question}")
        console.say(f"data: {located.description}")
        for sentence in [*continued, *few]:
            console.say_prose(f"note: {sentence}")
        with console.output_into(run.log) as out, console.following(run.events, out):
            result = run_experiment(
                experiment,
                run,
                located,
                weights,
                nodes,
                runner=place.runner,
                beam_args=place.beam_args,
            )
        if result.ending is Ending.FINISHED:
            with console.quiet():
                unchanged.note(run, before, unchanged.look(*asked, located.folder, files))
    return Ran(run, result)


def _check_bases(experiment: Experiment, root: Path) -> list[str]:
    """What is said of the run that an experiment goes on from, if it does; see `check_bases`."""
    if not experiment.base_model:
        return []
    with console.quiet():
        set_keras()
        from pipeline.runs.base_model import check_bases  # it imports TensorFlow

        return check_bases(root, experiment)

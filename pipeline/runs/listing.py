"""All runs below a root: what each is of, and how it ended."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components import names
from components.errors import UserError
from components.hints import did_you_mean
from pipeline.runs.folders import ExperimentFolder, RunFolder, experiment_folders, time_of
from pipeline.runs.result import DATA, EXPERIMENT, SUMMARY, Summary


class State(str, enum.Enum):
    """How a run ended, or that it has not."""

    FINISHED = "finished"
    RUNNING = "running"
    FAILED = "failed"
    #: By its user, or with its process.
    STOPPED = "stopped"
    #: After the node that was asked for as the last one: it has no verdict.
    PARTIAL = "partial"


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run in one line.

    Attributes:
      run: its id.
      experiment: its name.
      started: ISO 8601, UTC; None where the folder's name says no time.
      state: see `State`.
      node: that failed or was stopped, or was the last; "" for none.
      conclusion: see `Summary.conclusion`; "" without a verdict, or where another version of this
        project has written it.
      data: title of the data set; "" where the run did not get as far.
      data_kind: "official", "own" or "sample"; likewise.
      bytes: on disk, of the run's own folder; of a finished one also what its nodes made, not
        what they took from the cache.
      folder: absolute.
    """

    run: str
    experiment: str
    started: str | None
    state: State
    node: str
    conclusion: str
    data: str
    data_kind: str
    bytes: int
    folder: str


def list_runs(root: Path, experiment: str | None = None) -> list[ListedRun]:
    """The runs below a root, the newest first.

    Args:
      root: folder of all experiments' runs.
      experiment: whose runs; None for all.

    Raises:
      UserError: no such experiment has run.
    """
    homes = experiment_homes(root, experiment)
    listed = [listed_run for home in homes for listed_run in _of_experiment(home)]
    return sorted(listed, key=lambda each: each.run, reverse=True)


def experiment_homes(root: Path, experiment: str | None) -> list[ExperimentFolder]:
    """The folders of the experiments that have run below a root, or of one of them.

    Raises:
      UserError: no such experiment has run.
    """
    homes = {home.path.name: home for home in experiment_folders(root)}
    if experiment is None:
        return list(homes.values())
    if experiment not in homes:
        hint = f": {did_you_mean(experiment, homes)}" if homes else ""
        raise UserError(f"no run of {experiment!r} in {root}{hint}")
    return [homes[experiment]]


def size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 where there is none. Links are no files.

    A running run may remove some meanwhile.
    """
    if path.is_symlink():
        return 0
    try:
        return path.stat().st_size if path.is_file() else sum(map(size, path.iterdir()))
    except OSError:
        return 0


def ended(run: RunFolder, *, running: bool) -> tuple[State, str]:
    """How a run ended, and the node that says so, see `ListedRun`.

    Args:
      run: of any version.
      running: whether it may be going on now.
    """
    if (run.path / SUMMARY.name).exists():
        return State.FINISHED, ""
    try:
        events = run.read_events()
    except UserError:  # the last line is not whole, as of a process that died
        return (State.RUNNING if running else State.STOPPED), ""
    states = {event["node"]: event["state"] for event in events if event["kind"] == "node"}
    for state in (State.FAILED, State.STOPPED):
        if nodes := [node for node, last in states.items() if last == state.value]:
            return state, nodes[0]
    if running:
        return State.RUNNING, next((n for n, last in states.items() if last == "running"), "")
    asked: Sequence[Any] = next((e["nodes"] for e in events if e["kind"] == "run"), ())
    if asked and names.SIGNIFICANCE not in states and set(asked) <= _done(states):
        return State.PARTIAL, asked[-1]
    return State.STOPPED, next((n for n, last in states.items() if last == "running"), "")


def _done(states: dict[str, str], words: Sequence[str] = ("done", "cached")) -> set[str]:
    return {node for node, state in states.items() if state in words}


def _made_by(summary: Summary) -> list[str]:
    made = _done({event["node"]: event["state"] for event in summary.nodes}, ("done",))
    return [path for node, paths in summary.artifacts.items() if node in made for path in paths]


def _of_experiment(home: ExperimentFolder) -> list[ListedRun]:
    runs, running = home.runs(), home.is_running()
    # One at a time, and the new one is the last in order.
    return [_listed(run, running=running and run == runs[-1]) for run in runs]


def _listed(run: RunFolder, *, running: bool) -> ListedRun:
    state, node = ended(run, running=running)
    started: datetime.datetime | None = time_of(run.id)
    conclusion, data, data_kind = "", "", ""
    taken = size(run.path)
    try:
        dataset = run.read(EXPERIMENT).dataset
        data, data_kind = dataset.title, run.read(DATA).kind
        if state is State.FINISHED:
            summary = run.read(SUMMARY)
            conclusion = summary.conclusion
            taken += sum(size(run.experiment.nodes / path) for path in _made_by(summary))
    except UserError:  # stopped before, or made by another version: what is known is enough
        pass
    return ListedRun(
        run=run.id,
        experiment=run.experiment.path.name,
        started=started.isoformat() if started else None,
        state=state,
        node=node,
        conclusion=conclusion,
        data=data,
        data_kind=data_kind,
        bytes=taken,
        folder=str(run.path),
    )

"""What of an experiment's folder no kept run needs, and how it goes away.

Kept are the last finished runs and every run since the first of them (one that was stopped goes on
from what it left), and the points of studies. A kept run needs all artifacts that its executions
took or left, by ML Metadata, and all that its `basis.json` names: so its report can be built anew,
and its nodes stay in the cache. What was pushed (`serving/`) is never touched.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from components import manifest
from components.errors import UserError
from pipeline.runs.folders import ExperimentFolder, RunFolder, time_of
from pipeline.runs.listing import State, ended, size
from pipeline.runs.study_result import RESULT
from pipeline.runs.unchanged import BASIS

#: Kinds of what can go, in the order in which they are named.
RUN, ARTIFACT, TRAINING, TEMPORARY = "run", "artifact", "training state", "temporary folder"


@dataclass(frozen=True)
class Leftover:
    """Something that no kept run needs.

    Attributes:
      kind: "run", "artifact", "training state" or "temporary folder".
      path: absolute.
      bytes: on disk.
    """

    kind: str
    path: Path
    bytes: int


@dataclass(frozen=True)
class Cleaning:
    """What can go of an experiment's folder.

    Attributes:
      kept: runs, the oldest first.
      leftovers: in the order of their kinds.
    """

    kept: list[RunFolder]
    leftovers: list[Leftover]


def look(home: ExperimentFolder, keep: int) -> Cleaning:
    """What can go; nothing is changed.

    Args:
      home: must be locked.
      keep: how many finished runs stay, at least 1.

    Raises:
      UserError: what a kept run needs is not known.
    """
    runs = home.runs()
    finished = [run for run in runs if ended(run, running=False)[0] is State.FINISHED]
    first = finished[-keep] if len(finished) >= keep else None
    studied = _of_studies(home)
    kept = [run for run in runs if first is None or run.id >= first.id or run.id in studied]
    gone = [run for run in runs if run not in kept]
    artifacts = _artifacts(home)
    needed = _needed(home, kept) if artifacts else set()
    paths = [
        *((RUN, run.path) for run in gone),
        *((ARTIFACT, path) for name, path in artifacts.items() if name not in needed),
        *((TRAINING, path) for path in _trainings(home, runs, kept)),
        *((TEMPORARY, path) for path in _temporary(home)),
    ]
    return Cleaning(kept, [Leftover(kind, path, size(path)) for kind, path in paths])


def clean(home: ExperimentFolder, leftovers: Sequence[Leftover]) -> None:
    """Removes leftovers. Where that is interrupted, it can be done again.

    Args:
      home: must be locked since `look`.
      leftovers: of `look`.

    Raises:
      UserError: ML Metadata or a folder cannot be written.
    """
    artifacts = {_below(home, each.path) for each in leftovers if each.kind == ARTIFACT}
    if artifacts:
        _forget(home, artifacts)  # first: the cache must not look for what is gone
    for leftover in leftovers:
        try:
            if leftover.kind == ARTIFACT:
                manifest.remove(leftover.path)
            else:
                shutil.rmtree(leftover.path)
        except OSError as error:
            raise UserError(f"cannot remove {error.filename}: {error.strerror}") from error


def _of_studies(home: ExperimentFolder) -> set[str]:
    """The ids of runs that are points of a study, whose page leads to their reports."""
    ids: set[str] = set()
    for file in home.path.parent.glob(f"studies/*/{RESULT.name}"):
        with contextlib.suppress(UserError):  # of another version: so are its runs
            study = RESULT.read(file.parent)
            if study.experiment == home.path.name:
                ids |= {point.run for point in study.points}
    return ids


def _artifacts(home: ExperimentFolder) -> dict[str, Path]:
    """The artifacts below `nodes`, by `<node>/<output>/<execution>`."""
    return {
        _below(home, path): path
        for path in sorted(home.nodes.glob("*/*/*"))
        if path.name.isdecimal() and not path.parent.name.startswith(".")
    }


def _below(home: ExperimentFolder, artifact: Path) -> str:
    return artifact.relative_to(home.nodes).as_posix()


def _needed(home: ExperimentFolder, kept: Sequence[RunFolder]) -> set[str]:
    from pipeline.runs import metadata  # ML Metadata takes a second

    store = metadata.open_store(home.metadata)
    ids: set[int] = set()
    needed: set[str] = set()
    for run in kept:
        if not any("tfx_run" in event for event in run.read_events()):
            continue  # stopped before its first node
        executions = metadata.executions_of(store, home.metadata, run.tfx_run)
        events = store.get_events_by_execution_ids([execution.id for execution in executions])
        ids |= {event.artifact_id for event in events}
        if (run.path / BASIS.name).exists():
            needed |= _in_basis(home, run)
    artifacts = store.get_artifacts_by_id(list(ids))
    return needed | {metadata.below_nodes(each.uri) for each in artifacts}


def _in_basis(home: ExperimentFolder, run: RunFolder) -> set[str]:
    try:
        left = run.read(BASIS).left
    except UserError:  # of another version, which cannot tell the answer again either
        return set()
    nodes = home.nodes.relative_to(home.path)
    folders = [Path(artifact) for artifact in left.values()]
    return {
        folder.relative_to(nodes).as_posix() for folder in folders if folder.is_relative_to(nodes)
    }


def _forget(home: ExperimentFolder, artifacts: Collection[str]) -> None:
    """Tells ML Metadata that artifacts are deleted, so that TFX's cache passes over them."""
    from ml_metadata.proto import metadata_store_pb2

    from pipeline.runs import metadata

    store = metadata.open_store(home.metadata, write=True)
    known = [each for each in store.get_artifacts() if metadata.below_nodes(each.uri) in artifacts]
    for artifact in known:
        artifact.state = metadata_store_pb2.Artifact.DELETED
    store.put_artifacts(known)


def _trainings(
    home: ExperimentFolder, runs: Sequence[RunFolder], kept: Sequence[RunFolder]
) -> Iterator[Path]:
    """States of trainings that no kept run would go on from.

    Runs of an experiment come one after the other, so a state is of the last one that began before
    it was written. Finished trainings remove their state, and a finished run's are all finished.
    """
    for path in sorted(home.training.glob("*")):
        if not path.is_dir():
            continue
        written = max(each.stat().st_mtime for each in (path, *path.rglob("*")))
        started = [(time.timestamp(), run) for run in runs if (time := time_of(run.id))]
        of = [run for began, run in started if began <= written]
        goes_on = of and of[-1] in kept and ended(of[-1], running=False)[0] is not State.FINISHED
        if not goes_on:
            yield path


def _temporary(home: ExperimentFolder) -> Iterator[Path]:
    """What TFX needs only while a node runs."""
    for path in sorted(home.nodes.glob("*/.system/*/*")):
        if path.is_dir():
            yield path

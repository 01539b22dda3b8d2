"""Reads ML Metadata: which nodes a run had, what they left, and what came of what."""

from __future__ import annotations

import contextlib
import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from components.errors import UserError
from components.manifest import damage
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.runs.metadata_file import check_metadata, last_execution

_CACHED = metadata_store_pb2.Execution.CACHED
_INPUT, _OUTPUT = metadata_store_pb2.Event.INPUT, metadata_store_pb2.Event.OUTPUT


@dataclass(frozen=True)
class NodeRecord:
    """What ML Metadata knows of a node in one run.

    Attributes:
      cached: whether an earlier run's outputs were reused.
      outputs: output key → folder of the artifact, as it may be now: see `folder`.
      properties: output key → custom properties of the artifact.
      manifests: whether the artifacts have manifests to check them by, see `components.manifest`.
    """

    cached: bool
    outputs: Mapping[str, Path]
    properties: Mapping[str, Mapping[str, Any]]
    manifests: bool

    def folder(self, key: str) -> Path:
        """The folder of an artifact that is as the node left it.

        Raises:
          UserError: it is gone or damaged.
        """
        folder = self.outputs[key]
        if self.manifests and (wrong := _damage(folder)):
            raise UserError(
                f"{folder} is damaged ({wrong}): run the experiment again, which makes it anew"
            )
        return folder


#: Looking at a run reads many of its artifacts several times.
_damage = functools.cache(damage)


def read_run(metadata: Path | str, tfx_run_id: str) -> dict[str, NodeRecord]:
    """The nodes of a run, by name.

    Args:
      metadata: the SQLite file.
      tfx_run_id: the run's name in ML Metadata; the run's events hold it.

    Raises:
      UserError: ML Metadata does not know this run.
    """
    store = open_store(metadata)
    home = Path(metadata).parent
    return {
        _node_name(store, execution): _record(store, execution, home)
        for execution in executions_of(store, metadata, tfx_run_id)
    }


@dataclass(frozen=True)
class Traces:
    """Which artifacts a run's executions took and left.

    Attributes:
      inputs: node → ids of the artifacts it took.
      outputs: id of an artifact → the node that left it, and the node's name for it.
      types: id of an artifact → its type.
      made_in: id of an artifact → the run whose execution made it.
    """

    inputs: Mapping[str, set[int]]
    outputs: Mapping[int, tuple[str, str]]
    types: Mapping[int, str]
    made_in: Mapping[int, str]


def read_traces(run: RunFolder) -> Traces:
    """Which artifacts a run's executions took and left.

    Raises:
      UserError: no node has run yet, or ML Metadata does not know this run.
    """
    metadata = run.experiment.metadata
    store = open_store(metadata)
    inputs: defaultdict[str, set[int]] = defaultdict(set)
    outputs = {}
    for execution in executions_of(store, metadata, run.tfx_run):
        node = _node_name(store, execution)
        for event in store.get_events_by_execution_ids([execution.id]):
            if event.type == _INPUT:
                inputs[node].add(event.artifact_id)
            elif event.type == _OUTPUT:
                outputs[event.artifact_id] = (node, event.path.steps[0].key)
    makers: dict[int, int] = {}
    for event in store.get_events_by_artifact_ids(list(outputs)):
        if event.type == _OUTPUT:  # the first execution made it, later ones found it in the cache
            maker = makers.get(event.artifact_id, event.execution_id)
            makers[event.artifact_id] = min(maker, event.execution_id)
    run_ids = {}
    for folder in run.experiment.runs():
        with contextlib.suppress(UserError):  # stopped before its first node
            run_ids[folder.tfx_run] = folder.id
    made_by = {execution: _tfx_run(store, execution) for execution in set(makers.values())}
    return Traces(
        inputs=inputs,
        outputs=outputs,
        types={artifact.id: artifact.type for artifact in store.get_artifacts_by_id(list(outputs))},
        made_in={a: run_ids.get(made_by[maker], made_by[maker]) for a, maker in makers.items()},
    )


def set_lost_aside(folder: ExperimentFolder) -> list[Path]:
    """Moves artifacts that ML Metadata does not know into the folder `lost`; gives their places.

    There are some where its file was removed or replaced by an older one. New executions would
    get their numbers, and write into their folders.
    """
    known = last_execution(folder.metadata)
    moved = []
    for artifact in sorted(folder.nodes.glob("*/*/*")):
        number = artifact.name.partition(".")[0]  # that of a manifest, too
        if number.isdecimal() and int(number) > known:
            aside = folder.path / "lost" / artifact.relative_to(folder.nodes)
            aside.parent.mkdir(parents=True, exist_ok=True)
            while aside.exists():
                aside = aside.with_name(f"{aside.name}+")
            artifact.rename(aside)
            if aside.is_dir():
                moved.append(aside)
    return moved


def open_store(metadata: Path | str, *, write: bool = False) -> metadata_store.MetadataStore:
    """Opens ML Metadata's file.

    Args:
      metadata: the SQLite file.
      write: whether it will be written.

    Raises:
      UserError: it is gone or damaged, or another process holds it.
    """
    if not Path(metadata).exists():
        raise UserError(f"there is no {metadata}: the folder of runs was moved or cleaned")
    check_metadata(Path(metadata), write=write)
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(metadata)
    modes = metadata_store_pb2.SqliteMetadataSourceConfig
    config.sqlite.connection_mode = modes.READWRITE if write else modes.READONLY
    return metadata_store.MetadataStore(config)


def executions_of(
    store: metadata_store.MetadataStore, metadata: Path | str, tfx_run_id: str
) -> list[metadata_store_pb2.Execution]:
    """The executions of a run, in order.

    Raises:
      UserError: ML Metadata does not know this run.
    """
    run = store.get_context_by_type_and_name("pipeline_run", tfx_run_id)
    if run is None:
        raise UserError(f"{metadata} knows no run {tfx_run_id}")
    return sorted(store.get_executions_by_context(run.id), key=lambda execution: execution.id)


def _tfx_run(store: metadata_store.MetadataStore, execution_id: int) -> str:
    contexts = store.get_contexts_by_execution(execution_id)
    return next((context.name for context in contexts if context.type == "pipeline_run"), "")


def _node_name(store: metadata_store.MetadataStore, execution: metadata_store_pb2.Execution) -> str:
    for context in store.get_contexts_by_execution(execution.id):
        if context.type == "node":
            return context.name.partition(".")[2]
    raise AssertionError(f"execution {execution.id} belongs to no node")


def _record(
    store: metadata_store.MetadataStore, execution: metadata_store_pb2.Execution, home: Path
) -> NodeRecord:
    keys = {
        event.artifact_id: event.path.steps[0].key
        for event in store.get_events_by_execution_ids([execution.id])
        if event.type == _OUTPUT
    }
    artifacts = store.get_artifacts_by_id(list(keys))
    return NodeRecord(
        cached=execution.last_known_state == _CACHED,
        outputs={keys[artifact.id]: _artifact_folder(home, artifact.uri) for artifact in artifacts},
        properties={
            keys[artifact.id]: {
                name: getattr(value, value.WhichOneof("value"))
                for name, value in artifact.custom_properties.items()
            }
            for artifact in artifacts
        },
        manifests=True,
    )


def below_nodes(uri: str) -> str:
    """An artifact as `<node>/<output>/<execution>`, which says where it is below `nodes`."""
    return "/".join(Path(uri).parts[-3:])


def _artifact_folder(home: Path, uri: str) -> Path:
    """Where an artifact is. ML Metadata knows where it was made: the folder may have moved since.

    Args:
      home: the experiment's folder.
      uri: `…/nodes/<node>/<output>/<execution>`.
    """
    return ExperimentFolder(home).nodes / below_nodes(uri)

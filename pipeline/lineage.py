"""Reads a run back out of ML Metadata: which nodes ran, and the artifacts they left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from components.errors import UserError

_CACHED = metadata_store_pb2.Execution.CACHED


@dataclass(frozen=True)
class NodeRecord:
    """What ML Metadata knows of a node in one run.

    Attributes:
      cached: whether an earlier run's outputs were reused.
      outputs: output key → folder of the artifact.
      properties: output key → custom properties of the artifact.
    """

    cached: bool
    outputs: Mapping[str, Path]
    properties: Mapping[str, Mapping[str, Any]]


def read_run(metadata: Path, tfx_run_id: str) -> dict[str, NodeRecord]:
    """The nodes of a run, by name.

    Args:
      metadata: the SQLite file.
      tfx_run_id: the run's name in ML Metadata; the run's events hold it.

    Raises:
      UserError: ML Metadata does not know this run.
    """
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(metadata)
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READONLY
    store = metadata_store.MetadataStore(config)
    run = store.get_context_by_type_and_name("pipeline_run", tfx_run_id)
    if run is None:
        raise UserError(f"{metadata} knows no run {tfx_run_id}")
    return {
        _node_name(store, execution): _record(store, execution)
        for execution in store.get_executions_by_context(run.id)
    }


def _node_name(store: metadata_store.MetadataStore, execution: metadata_store_pb2.Execution) -> str:
    for context in store.get_contexts_by_execution(execution.id):
        if context.type == "node":
            return context.name.partition(".")[2]
    raise AssertionError(f"execution {execution.id} belongs to no node")


def _record(
    store: metadata_store.MetadataStore, execution: metadata_store_pb2.Execution
) -> NodeRecord:
    keys = {
        event.artifact_id: event.path.steps[0].key
        for event in store.get_events_by_execution_ids([execution.id])
        if event.type == metadata_store_pb2.Event.OUTPUT
    }
    artifacts = store.get_artifacts_by_id(list(keys))
    return NodeRecord(
        cached=execution.last_known_state == _CACHED,
        outputs={keys[artifact.id]: Path(artifact.uri) for artifact in artifacts},
        properties={
            keys[artifact.id]: {
                name: getattr(value, value.WhichOneof("value"))
                for name, value in artifact.custom_properties.items()
            }
            for artifact in artifacts
        },
    )

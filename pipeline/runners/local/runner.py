"""Runs an experiment on this machine with TFX's BeamDagRunner.

Importing this module imports TFX and TensorFlow (many seconds, much log output): callers
import it late.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence

from absl import logging
from apache_beam.options.pipeline_options import StandardOptions
from tfx.orchestration import metadata
from tfx.orchestration.beam import beam_dag_runner
from tfx.orchestration.portable import partial_run_utils, tfx_runner
from tfx.proto.orchestration import pipeline_pb2

from components import progress
from components.errors import UserError, user_error_in
from pipeline.dag import Places, create_pipeline
from pipeline.datasets.locate import Weights
from pipeline.runs.folders import RunFolder
from pipeline.runs.metadata import read_run
from pipeline.settings.experiment import Experiment

# Beam's own default, from 2.68 on, first tries to download another runner.
_IN_MEMORY_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
_BEAM_ARGS = (
    f"--runner={_IN_MEMORY_RUNNER}",
    "--direct_running_mode=in_memory",
    "--direct_num_workers=1",
)


class NodeFailed(Exception):
    """A node failed for a reason that is not the user's: its text is one line."""


def run(
    experiment: Experiment,
    data_folder: str,
    run_folder: RunFolder,
    *,
    weights: Mapping[str, Weights] | None = None,
    beam_args: Sequence[str] = (),
    enable_cache: bool = True,
    from_node: str = "",
    to_node: str = "",
) -> None:
    """Runs an experiment's nodes; those that are in the cache are reused.

    Args:
      experiment: what to run.
      data_folder: the data set, located and checked.
      run_folder: of this run; its experiment's folder must be locked.
      weights: of backbones, see `Places`.
      beam_args: Beam options, after (and so over) the in-memory defaults.
      enable_cache: False runs every node anew, and takes up no training that was killed.
      from_node: run this node and all that depend on it anew, even if cached.
      to_node: run no nodes that this one does not need.

    Raises:
      UserError: a node failed because of something the user can mend.
      NodeFailed: a node failed otherwise.
      KeyboardInterrupt: the user stopped the run.
    """
    folder = run_folder.experiment
    # All nodes run in this process, and other processes may want the GPU too.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    StandardOptions.DEFAULT_RUNNER = _IN_MEMORY_RUNNER  # of the DAG's own Beam pipeline
    logging.set_verbosity(logging.INFO)
    pipeline = create_pipeline(
        experiment,
        Places(
            data=data_folder,
            artifacts=str(folder.nodes),
            serving=str(folder.serving),
            training_state=str(folder.training),
            weights=weights or {},
        ),
        beam_args=[*_BEAM_ARGS, *beam_args],
        enable_cache=enable_cache,
    )
    pipeline.metadata_connection_config = metadata.sqlite_metadata_connection_config(
        str(folder.metadata)
    )
    compiled = tfx_runner._make_pipeline_proto(pipeline)
    nodes = {node.pipeline_node.node_info.id: node.pipeline_node for node in compiled.nodes}
    for given in (from_node, to_node):
        if given and given not in nodes:
            raise UserError(f"no node {given!r}: there is {', '.join(nodes)}")
    wanted = list(nodes)
    if to_node:
        partial_run_utils.mark_pipeline(compiled, to_nodes=[to_node])
        wanted = [n for n in nodes if not nodes[n].execution_options.HasField("skip")]
    if from_node and from_node not in wanted:
        raise UserError(f"{to_node} does not need {from_node}: nothing would run from there")
    for name in _with_descendants(nodes, from_node):
        nodes[name].execution_options.caching_options.enable_cache = False

    if not enable_cache:
        shutil.rmtree(folder.training, ignore_errors=True)
    os.environ[progress.EVENTS_FILE] = str(run_folder.events)
    progress.emit("run", nodes=wanted)
    try:
        _Runner().run_with_ir(compiled)
    except Exception as error:
        ended = [e for e in run_folder.read_events() if e.get("state") in ("failed", "stopped")]
        if not ended:
            raise
        event = ended[0]
        if event["state"] == "stopped":  # Beam has made another error of it
            raise KeyboardInterrupt from error
        text = f"{event['node']}: {event['error']}"
        raise (UserError if event["by_user"] else NodeFailed)(text) from error
    finally:
        del os.environ[progress.EVENTS_FILE]


class _Node(beam_dag_runner.PipelineNodeAsDoFn):
    """Runs one node and tells its progress."""

    def _run_node(self) -> None:
        started = time.monotonic()
        tfx_run_id = self._pipeline_runtime_spec.pipeline_run_id.field_value.string_value
        progress.emit("node", node=self._node_id, state="running", tfx_run=tfx_run_id)
        try:
            super()._run_node()
        except (Exception, KeyboardInterrupt) as error:
            by_user = user_error_in(error)
            first_line = (str(error).strip().splitlines() or [""])[0]
            # A node's own Beam pipeline makes a RuntimeError of a KeyboardInterrupt.
            stopped = "KeyboardInterrupt" in f"{type(error).__name__} {error}"
            progress.emit(
                "node",
                node=self._node_id,
                state="stopped" if stopped else "failed",
                seconds=time.monotonic() - started,
                by_user=by_user is not None,
                error=by_user or f"{type(error).__name__}: {first_line}",
            )
            raise
        seconds = time.monotonic() - started
        database = self._mlmd_connection_config.sqlite.filename_uri
        cached = read_run(database, tfx_run_id)[self._node_id].cached
        progress.emit(
            "node", node=self._node_id, state="cached" if cached else "done", seconds=seconds
        )


class _Runner(beam_dag_runner.BeamDagRunner):
    _PIPELINE_NODE_DO_FN_CLS = _Node


def _with_descendants(nodes: dict[str, pipeline_pb2.PipelineNode], name: str) -> set[str]:
    found, waiting = set(), [name] if name else []
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(nodes[current].downstream_nodes)
    return found

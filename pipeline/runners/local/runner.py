"""Runs an experiment on this machine with TFX's BeamDagRunner.

Importing this module imports TFX and TensorFlow (many seconds, much log output): callers
import it late.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfx.orchestration import metadata
from tfx.orchestration.beam import beam_dag_runner
from tfx.orchestration.portable import launcher, partial_run_utils, tfx_runner
from tfx.proto.orchestration import pipeline_pb2

from components import environment, names, progress
from components.errors import UserError, reason_of, user_error_in
from components.manifest import write_manifest
from pipeline.beam_options import IN_MEMORY
from pipeline.dag import create_pipeline
from pipeline.datasets.locate import Weights
from pipeline.places import Places
from pipeline.runners import Job, NodeFailed
from pipeline.runners.local.cache import only_intact
from pipeline.runners.local.gpu import has_gpu
from pipeline.runners.local.launch import elsewhere
from pipeline.runners.local.schedule import Schedule
from pipeline.runners.local.selection import select
from pipeline.runners.local.slots import Slots, Stopped
from pipeline.runners.local.worker import Work, prepare
from pipeline.runners.local.workers import Workers, WorkFailed, default_jobs
from pipeline.runs.base_model import base_models
from pipeline.runs.folders import RunFolder
from pipeline.runs.metadata import read_run, set_lost_aside
from pipeline.signals import held_back


@dataclass(frozen=True)
class LocalRunner:
    """Runs a job's nodes, side by side where they can be; what is in the cache is reused.

    A job's Beam options come after (and so over) the in-memory defaults. Without a cache every
    node runs anew, and no training that was killed is taken up.

    Attributes:
      folder: of this run; its experiment's folder must be locked.
      weights: of backbones, see `Places`.
      from_node: run this node and all that depend on it anew, even if cached.
      to_node: run no nodes that this one does not need.
      jobs: how many work at the same time; 0 for as many as cores and memory allow.
    """

    folder: RunFolder
    weights: Mapping[str, Weights] = field(default_factory=dict)
    from_node: str = ""
    to_node: str = ""
    jobs: int = 0

    def run(self, job: Job) -> None:
        """See `pipeline.runners.Runner`.

        Raises:
          UserError: also if a node of `from_node` or `to_node` is not there.
        """
        # Other processes may want the GPU, too.
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
        prepare()
        compiled = self._compile(job)
        lost = set_lost_aside(self.folder.experiment)
        selected = select(compiled, self.from_node, self.to_node)
        if not job.enable_cache:
            shutil.rmtree(self.folder.experiment.training, ignore_errors=True)
        os.environ[progress.EVENTS_FILE] = str(self.folder.events)
        progress.emit("run", nodes=selected)
        for artifact in lost:
            text = f"metadata.sqlite does not know what it left: it is now in {artifact}"
            progress.emit("notice", node=artifact.parts[-3], text=text)
        self.folder.node_logs.mkdir(exist_ok=True)
        together = _SideBySide(self.jobs or default_jobs(), selected, self.folder)
        _shared.append(together)
        try:
            with only_intact():
                with held_back():  # for a second: nodes run in threads of their own
                    _Runner().run_with_ir(compiled)
                together.schedule.wait()
        except Exception as error:
            raise self._reason(error) from error
        finally:
            together.stop()
            together.schedule.settle()
            _shared.pop()
            del os.environ[progress.EVENTS_FILE]

    def _compile(self, job: Job) -> pipeline_pb2.Pipeline:
        folder = self.folder.experiment
        places = Places(
            data=job.data,
            sha256=job.sha256,
            artifacts=str(folder.nodes),
            serving=str(folder.serving),
            training_state=str(folder.training),
            weights=self.weights,
            environment=environment.variables(),
            base_models=base_models(folder.path.parent, job.experiment),
        )
        pipeline = create_pipeline(
            job.experiment,
            places,
            beam_args=[*IN_MEMORY, *job.beam_args],
            enable_cache=job.enable_cache,
        )
        pipeline.metadata_connection_config = metadata.sqlite_metadata_connection_config(
            str(folder.metadata)
        )
        return tfx_runner._make_pipeline_proto(pipeline)

    def _reason(self, error: Exception) -> BaseException:
        """Why a run ended, by the node that did not; Beam has made another error of it."""
        states = ("failed", "stopped")
        ended = [event for event in self.folder.read_events() if event.get("state") in states]
        if not ended:
            return error
        event = ended[0]
        if event["state"] == "stopped":
            return KeyboardInterrupt()
        text = f"{event['node']}: {event['error']}"
        return UserError(text) if event["by_user"] else NodeFailed(text)


# The nodes that compute with TensorFlow, without what follows a dot in their names.
_ON_GPU = (
    *(names.BACKBONE_FEATURES, names.TUNER, names.TRAINER, names.EVALUATOR, names.ROBUSTNESS),
    names.INFRA_VALIDATOR,
)


class _Node(beam_dag_runner.PipelineNodeAsDoFn):
    """Runs one node and tells its progress."""

    def _run_node(self) -> None:
        """Beam comes here in the order of the nodes: the schedule then runs what can run."""
        _side_by_side().schedule.submit(
            self._node_id, self._pipeline_node.upstream_nodes, self._run_and_tell
        )

    def _run_and_tell(self) -> None:
        self._started, self._works = time.monotonic(), False
        try:
            with _side_by_side().metadata.taken(self._rank):
                self._launch()
                run = self._tfx_run
                database = self._mlmd_connection_config.sqlite.filename_uri
                record = read_run(database, run)[self._node_id]
        except (Exception, KeyboardInterrupt) as error:
            by_user = user_error_in(error)
            if isinstance(error, Stopped) and not self._works:  # it only waited
                self._started = time.monotonic()
            self._tell(
                "stopped" if isinstance(error, Stopped) else "failed",
                by_user=by_user is not None,
                error=by_user or _in_a_line(error),
            )
            raise
        if not record.cached:
            for folder in record.outputs.values():
                write_manifest(folder)
        self._tell("cached" if record.cached else "done")

    def _launch(self) -> None:
        """What TFX's own `_run_node` does, but for where executors run."""
        if self._pipeline_node.execution_options.run.perform_snapshot:
            with metadata.Metadata(self._mlmd_connection_config) as handle:
                partial_run_utils.snapshot(handle, self._pipeline)
        run = _side_by_side().folder.id
        job = f"{self._pipeline_info.id}-{run}-{self._node_id}".lower().replace(".", "-")
        for_key, operators = elsewhere(self._executor_spec, self._work, job)
        launcher.Launcher(
            pipeline_node=self._pipeline_node,
            mlmd_connection=metadata.Metadata(self._mlmd_connection_config),
            pipeline_info=self._pipeline_info,
            pipeline_runtime_spec=self._pipeline_runtime_spec,
            executor_spec=for_key,
            custom_driver_spec=self._custom_driver_spec,
            custom_executor_operators=operators,
        ).launch()

    def _work(self, work: Work) -> bytes:
        """Lets other nodes have ML Metadata, waits for a worker, and has the work done there."""
        together = _side_by_side()
        on_gpu = self._node_id.partition(".")[0] in _ON_GPU
        if not on_gpu:
            work = work._replace(environment={**work.environment, "CUDA_VISIBLE_DEVICES": "-1"})
        work = work._replace(log=str(together.folder.node_log(self._node_id)))
        gpu = together.gpu.taken(self._rank) if on_gpu else contextlib.nullcontext()
        with together.metadata.lent(self._rank), gpu, together.slots.taken(self._rank):
            self._started, self._works = time.monotonic(), True
            progress.emit("node", node=self._node_id, state="running", tfx_run=self._tfx_run)
            return together.workers.run(work)

    def _tell(self, state: str, **more: Any) -> None:
        progress.emit(
            "node",
            node=self._node_id,
            state=state,
            tfx_run=self._tfx_run,
            seconds=time.monotonic() - self._started,
            **more,
        )

    @property
    def _rank(self) -> int:
        return _side_by_side().nodes.index(self._node_id)

    @property
    def _tfx_run(self) -> str:
        return self._pipeline_runtime_spec.pipeline_run_id.field_value.string_value


def _in_a_line(error: BaseException) -> str:
    return str(error) if isinstance(error, WorkFailed) else reason_of(error)


class _SideBySide:
    """What the nodes of a run share.

    Attributes:
      nodes: their names, in order.
      folder: of the run.
      workers: where their executors run.
      slots: held by those whose executors run.
      schedule: which node runs when.
      metadata: held by the one that uses ML Metadata; its file takes one writer at a time. Of the
        nodes that can begin, the first in the pipeline has it first, and so the first slot.
      gpu: held by those that compute with TensorFlow: by one, where this machine has GPUs.
    """

    def __init__(self, jobs: int, nodes: list[str], folder: RunFolder):
        self.nodes = nodes
        self.folder = folder
        self.workers = Workers()
        self.slots = Slots(jobs)
        self.schedule = Schedule(self.stop)
        self.metadata = Slots(1)  # never closed: what became of a node is written in any case
        self.gpu = Slots(1 if has_gpu() else jobs)

    def stop(self) -> None:
        """Ends what runs, and lets nothing begin."""
        self.slots.close()
        self.gpu.close()
        self.workers.stop()


# Beam copies what it runs, so nodes cannot carry what they share.
_shared: list[_SideBySide] = []


def _side_by_side() -> _SideBySide:
    return _shared[-1]


class _Runner(beam_dag_runner.BeamDagRunner):
    _PIPELINE_NODE_DO_FN_CLS = _Node

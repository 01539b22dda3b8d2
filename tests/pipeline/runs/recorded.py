"""Runs of a made-up pipeline, recorded in ML Metadata as TFX does."""

from __future__ import annotations

import json

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as pb

from pipeline.runs.folders import ExperimentFolder, RunFolder

# Node, what it takes, what it leaves.
NODES: tuple[tuple[str, list[tuple[str, str]], dict[str, str]], ...] = (
    ("ExampleGen", [], {"examples": "Examples"}),
    ("Transform", [("ExampleGen", "examples")], {"transform_graph": "TransformGraph"}),
    (
        "Trainer.baseline",
        [("ExampleGen", "examples"), ("Transform", "transform_graph")],
        {"model": "Model"},
    ),
    (
        "Trainer.candidate",
        [("ExampleGen", "examples"), ("Transform", "transform_graph")],
        {"model": "Model"},
    ),
    (
        "Significance",
        [("Trainer.baseline", "model"), ("Trainer.candidate", "model")],
        {"significance": "ModelEvaluation"},
    ),
)


class Recorder:
    """Writes runs of `NODES` as TFX does."""

    def __init__(self, home: ExperimentFolder):
        self.home = home
        home.path.mkdir(parents=True)
        config = pb.ConnectionConfig()
        config.sqlite.filename_uri = str(home.metadata)
        self.store = metadata_store.MetadataStore(config)
        self.contexts = {
            name: self.store.put_context_type(pb.ContextType(name=name))
            for name in ("pipeline_run", "node")
        }
        self.made: dict[tuple[str, str], int] = {}
        self.number = 0

    def run(self, run_id: str, cached: set[str]) -> RunFolder:
        """Records a run; `cached` nodes reuse what they left before."""
        folder = RunFolder(self.home.path / "runs" / run_id)
        folder.path.mkdir(parents=True)
        tfx_run = f"{run_id}.123456"
        context = self._context("pipeline_run", tfx_run)
        for node, taken, left in NODES:
            execution = pb.Execution(
                type_id=self.store.put_execution_type(pb.ExecutionType(name=node)),
                last_known_state=pb.Execution.CACHED if node in cached else pb.Execution.COMPLETE,
            )
            [execution_id] = self.store.put_executions([execution])
            self.number += 1
            if node not in cached:
                for key, kind in left.items():
                    self.made[node, key] = self._artifact(node, key, kind)
            events = [
                self._event(execution_id, self.made[place], pb.Event.INPUT, place[1])
                for place in taken
            ]
            events += [
                self._event(execution_id, self.made[node, key], pb.Event.OUTPUT, key)
                for key in left
            ]
            self.store.put_events(events)
            of_node = self._context("node", f"mlp-batchnorm.{node}")
            self.store.put_attributions_and_associations(
                [],
                [
                    pb.Association(execution_id=execution_id, context_id=c)
                    for c in (context, of_node)
                ],
            )
        began = {"kind": "node", "node": NODES[0][0], "state": "running", "tfx_run": tfx_run}
        folder.events.write_text(json.dumps(began) + "\n")
        return folder

    def _artifact(self, node: str, key: str, kind: str) -> int:
        folder = self.home.nodes / node / key / str(self.number)
        folder.mkdir(parents=True)
        type_id = self.store.put_artifact_type(pb.ArtifactType(name=kind))
        [artifact] = self.store.put_artifacts([pb.Artifact(type_id=type_id, uri=str(folder))])
        return artifact

    def _context(self, kind: str, name: str) -> int:
        known = self.store.get_context_by_type_and_name(kind, name)
        if known is not None:
            return known.id
        [made] = self.store.put_contexts([pb.Context(type_id=self.contexts[kind], name=name)])
        return made

    @staticmethod
    def _event(execution: int, artifact: int, kind: int, key: str) -> pb.Event:
        step = pb.Event.Path.Step(key=key)
        return pb.Event(
            execution_id=execution,
            artifact_id=artifact,
            type=kind,
            path=pb.Event.Path(steps=[step, pb.Event.Path.Step(index=0)]),
        )

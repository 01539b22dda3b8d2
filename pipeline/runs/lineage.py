"""Reads a run back: which nodes ran, the artifacts they left, and what came of what.

`open_run` is the door for people, in a notebook or a Python prompt:

    run = open_run("runs")  # the last finished run; or open_run("runs", "cnn-regularized")
    print(run)
    run.metrics()  # what TensorFlow Model Analysis measured, a data frame
    run.ancestors("Trainer.candidate", "model")  # what the candidate was made of

`read_run` is what the pipeline itself uses. Importing this module imports TensorFlow.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from components import features, names
from components.errors import UserError
from components.evaluator.predictions import Predictions
from components.evaluator.significance_node import PREDICTIONS_FILE
from components.examples import read_examples
from components.names import ROLES
from components.pictures import PictureFormat
from components.settings import from_plain
from pipeline.runs.folders import RunFolder, find_run
from pipeline.settings.experiment import DataSet, Experiment

#: How `Run.metrics` names the slice of all test pictures.
OVERALL = "overall"

_CACHED = metadata_store_pb2.Execution.CACHED
_INPUT, _OUTPUT = metadata_store_pb2.Event.INPUT, metadata_store_pb2.Event.OUTPUT


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


@dataclass(frozen=True)
class Picture:
    """A picture as ExampleGen stored it, brought to the size of the data set.

    Attributes:
      example_id: its name.
      class_name: the name of its label.
      pixels: uint8 [height, width, channels].
    """

    example_id: str
    class_name: str
    pixels: np.ndarray


@dataclass(frozen=True)
class Run:
    """A finished run, opened to be looked at; see `open_run`. Nothing is changed by looking.

    Attributes:
      folder: its files.
      experiment: as it was run.
      summary: the content of `summary.json`, see `pipeline.report.summary.Summary`.
      nodes: what each node left, by its name.
    """

    folder: RunFolder
    experiment: Experiment
    summary: Mapping[str, Any]
    nodes: Mapping[str, NodeRecord]

    def __str__(self) -> str:
        said = [self.summary["headline"], *self.summary["details"]]
        lines = [f"{self.experiment.name}, run {self.folder.id}", f"data: {self.summary['data']}"]
        return "\n".join([*lines, "", *said])

    def __repr__(self) -> str:
        return f"<Run {self.folder.id} of {self.experiment.name} in {self.folder.path}>"

    def output(self, node: str, key: str) -> Path:
        """The folder of what a node left.

        Raises:
          UserError: there is no such node or output, or its folder is gone.
        """
        self._check(node, key)
        folder = self.nodes[node].outputs[key]
        if not folder.exists():
            raise UserError(
                f"{folder} is gone, which run {self.folder.id} refers to: the folder of runs was "
                "moved or cleaned. Run the experiment again"
            )
        return folder

    def eval_result(self, role: str) -> Any:
        """A model's `tfma.EvalResult`, for those who want TensorFlow Model Analysis itself.

        Args:
          role: "baseline" or "candidate".
        """
        import tensorflow_model_analysis as tfma  # seconds, and not every user needs it

        return tfma.load_eval_result(
            str(self.output(names.EVALUATOR, names.OUTPUT_EVALUATION)), model_name=role
        )

    def metrics(self) -> pd.DataFrame:
        """What TensorFlow Model Analysis measured on split `test`.

        Returns:
          One row a number: `model` ("baseline" or "candidate"; of the first seed), `slice`
          ("overall" or a class name), `metric` ("accuracy", "loss", "example_count"; of the
          candidate also their differences from the baseline, "accuracy_diff" and so on), `value`.
        """
        rows = [
            (role, key[0][1] if key else OVERALL, metric, value["doubleValue"])
            for role in ROLES
            for key, outputs in self.eval_result(role).slicing_metrics
            for metric, value in outputs[""][""].items()
            if "doubleValue" in value
        ]
        return pd.DataFrame(rows, columns=["model", "slice", "metric", "value"])

    def curves(self) -> pd.DataFrame:
        """How training went: one row a model and epoch, see `components.trainer.fit.Fit`."""
        frames = [pd.DataFrame(self.summary[role]["curves"]).assign(model=role) for role in ROLES]
        found = pd.concat(frames, ignore_index=True)
        return found[["model", "epoch", *found.columns.drop(["model", "epoch"])]]

    def predictions(self) -> Predictions:
        """What every trained model said of every test picture; see also `probabilities`."""
        return self._predictions

    def probabilities(self, role: str) -> np.ndarray:
        """What a model (of the first seed) said of the test pictures.

        Args:
          role: "baseline" or "candidate".

        Returns:
          float32 [pictures, classes], the pictures in the order of `predictions`.
        """
        return self._predictions.probabilities[ROLES.index(role) * self.experiment.repeats]

    def pictures(
        self, example_ids: Iterable[str], split: str = features.TEST
    ) -> dict[str, np.ndarray]:
        """Pictures by their ids: id → uint8 [height, width, channels].

        Raises:
          UserError: the split has no picture of such an id.
        """
        wanted = [str(example_id) for example_id in example_ids]
        examples = self.output(names.EXAMPLE_GEN, names.OUTPUT_EXAMPLES)
        found = read_pictures(examples, split, wanted, self.experiment.dataset)
        missing = sorted(set(wanted) - set(found))
        if missing:
            raise UserError(f"split {split} of run {self.folder.id} has no picture {missing[0]!r}")
        return {example_id: found[example_id] for example_id in wanted}

    def some_pictures(self, split: str = features.TRAIN, of_each_class: int = 1) -> list[Picture]:
        """The first pictures of each class, class by class."""
        dataset = self.experiment.dataset
        taken: dict[str, list[Picture]] = {name: [] for name in dataset.class_names}
        for example_id, class_name, stored in _stored(
            self.output(names.EXAMPLE_GEN, names.OUTPUT_EXAMPLES), split
        ):
            if len(taken[class_name]) < of_each_class:
                pixels = _pixels(stored, dataset)
                taken[class_name].append(Picture(example_id, class_name, pixels))
            if all(len(found) == of_each_class for found in taken.values()):
                break
        return [picture for found in taken.values() for picture in found]

    def artifacts(self) -> pd.DataFrame:
        """What the run's nodes left, by ML Metadata, in the order they were made.

        Returns:
          One row an artifact: `artifact` (its id in ML Metadata, the index), `type`, `node`,
          `key` (the node's name for it), `cached` (whether an earlier run's was reused),
          `made_in` (the run that made it), `folder` (below the experiment's folder, which is
          `folder.experiment.path`; `output` gives the whole path).
        """
        return self._frame(sorted(self._traces.outputs))

    def ancestors(self, node: str, key: str) -> pd.DataFrame:
        """What an artifact was made of, back to the data: ML Metadata's lineage.

        Args:
          node: that left it, e.g. "Trainer.candidate".
          key: its name there, e.g. "model".

        Returns:
          The rows of `artifacts` for it and all that it was made of, the artifact itself
          first, and besides `steps` (executions between; 0 for itself) and `used_by` (the nodes
          on the way that took it).

        Raises:
          UserError: there is no such node or output.
        """
        self._check(node, key)
        traces = self._traces
        start = next(a for a, place in traces.outputs.items() if place == (node, key))
        steps, used_by = {start: 0}, defaultdict(set)
        waiting = [start]
        while waiting:
            artifact = waiting.pop(0)
            taker = traces.outputs[artifact][0]
            for taken in sorted(traces.inputs[taker]):
                if taken not in traces.outputs:
                    continue  # taken from outside this run
                used_by[taken].add(taker)
                if taken not in steps:
                    steps[taken] = steps[artifact] + 1
                    waiting.append(taken)
        found = self._frame(list(steps))
        found.insert(0, "steps", list(steps.values()))
        found.insert(5, "used_by", [", ".join(sorted(used_by[artifact])) for artifact in steps])
        return found

    @cached_property
    def _predictions(self) -> Predictions:
        return Predictions.load(
            self.output(names.SIGNIFICANCE, names.OUTPUT_SIGNIFICANCE) / PREDICTIONS_FILE
        )

    @cached_property
    def _traces(self) -> _Traces:
        return _trace(self.folder)

    def _check(self, node: str, key: str) -> None:
        if node not in self.nodes:
            raise UserError(f"run {self.folder.id} has no node {node!r}: {', '.join(self.nodes)}")
        outputs = self.nodes[node].outputs
        if key not in outputs:
            raise UserError(f"{node} left no {key!r}: {', '.join(outputs)}")

    def _frame(self, artifacts: list[int]) -> pd.DataFrame:
        traces, home = self._traces, self.folder.experiment.path
        rows = []
        for artifact in artifacts:
            node, key = traces.outputs[artifact]
            folder = self.nodes[node].outputs[key]
            rows.append(
                {
                    "artifact": artifact,
                    "type": traces.types[artifact],
                    "node": node,
                    "key": key,
                    "cached": self.nodes[node].cached,
                    "made_in": traces.made_in[artifact],
                    "folder": str(
                        folder.relative_to(home) if folder.is_relative_to(home) else folder
                    ),
                }
            )
        return pd.DataFrame(rows).set_index("artifact")


def open_run(root: Path | str, name: str | None = None) -> Run:
    """Opens a finished run.

    Args:
      root: the folder of all runs, `runs` if `--root` did not say otherwise.
      name: a run's id, or an experiment's name for its last finished run; None for the last
        finished run of all.

    Raises:
      UserError: there is no such run, or it did not finish.
    """
    folder = find_run(Path(root), name)
    return Run(
        folder=folder,
        summary=folder.read("summary.json"),  # first, since only finished runs have it
        experiment=from_plain(Experiment, folder.read("experiment.json")),
        nodes=read_run(folder.experiment.metadata, folder.tfx_run),
    )


def read_run(metadata: Path | str, tfx_run_id: str) -> dict[str, NodeRecord]:
    """The nodes of a run, by name.

    Args:
      metadata: the SQLite file.
      tfx_run_id: the run's name in ML Metadata; the run's events hold it.

    Raises:
      UserError: ML Metadata does not know this run.
    """
    store = _open(metadata)
    return {
        _node_name(store, execution): _record(store, execution)
        for execution in _executions(store, metadata, tfx_run_id)
    }


def read_pictures(
    examples: Path, split: str, example_ids: Iterable[str], dataset: DataSet
) -> dict[str, np.ndarray]:
    """Pictures by their ids, out of the Examples that ExampleGen wrote.

    Args:
      examples: ExampleGen's output.
      split: one of `components.features.SPLITS`.
      example_ids: the wanted ones; such as there are not are left out.
      dataset: the experiment's.

    Returns:
      id → uint8 [height, width, channels].
    """
    wanted = set(example_ids)
    return {
        example_id: _pixels(stored, dataset)
        for example_id, _, stored in _stored(examples, split)
        if example_id in wanted
    }


def _stored(examples: Path, split: str) -> Iterator[tuple[str, str, bytes]]:
    """Example id, class name and stored bytes of each picture of a split."""
    columns = (features.EXAMPLE_ID, features.CLASS_NAME, features.IMAGE)
    yield from read_examples(str(examples / f"Split-{split}"), *columns)


def _pixels(stored: bytes, dataset: DataSet) -> np.ndarray:
    picture_format = PictureFormat.of_reader(
        dataset.reader, shape=dataset.shape, class_names=dataset.class_names
    )
    return picture_format.decode(tf.constant(stored)).numpy()


@dataclass(frozen=True)
class _Traces:
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


def _trace(run: RunFolder) -> _Traces:
    metadata = run.experiment.metadata
    store = _open(metadata)
    inputs: defaultdict[str, set[int]] = defaultdict(set)
    outputs = {}
    for execution in _executions(store, metadata, run.tfx_run):
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
    return _Traces(
        inputs=inputs,
        outputs=outputs,
        types={artifact.id: artifact.type for artifact in store.get_artifacts_by_id(list(outputs))},
        made_in={a: run_ids.get(made_by[maker], made_by[maker]) for a, maker in makers.items()},
    )


def _open(metadata: Path | str) -> metadata_store.MetadataStore:
    if not Path(metadata).exists():
        raise UserError(f"there is no {metadata}: the folder of runs was moved or cleaned")
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(metadata)
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READONLY
    return metadata_store.MetadataStore(config)


def _executions(
    store: metadata_store.MetadataStore, metadata: Path | str, tfx_run_id: str
) -> list[metadata_store_pb2.Execution]:
    """The executions of a run, in order."""
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
    store: metadata_store.MetadataStore, execution: metadata_store_pb2.Execution
) -> NodeRecord:
    keys = {
        event.artifact_id: event.path.steps[0].key
        for event in store.get_events_by_execution_ids([execution.id])
        if event.type == _OUTPUT
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

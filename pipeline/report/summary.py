"""Collects a finished run's figures from its artifacts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow_model_analysis as tfma

from components import features, names
from components.errors import UserError
from components.evaluator import robustness_node, significance_node
from components.evaluator.changes import (
    Change,
    changes_of_predictions,
    changes_of_robustness,
    gap_change,
)
from components.evaluator.eval_config import ACCURACY, COUNT, LOSS
from components.evaluator.measures import calibration, confusion, precision_recall
from components.evaluator.predictions import Predictions
from components.evaluator.robustness import Robustness
from components.ingestion.leaks import Leaks
from components.ingestion.tally import CONTENT, COUNTS_FILE, NOTES_FILE, read_leaks
from components.learning_record import CURVES_FILE, TRAINING_FILE
from components.serving.check import CHECK_FILE
from components.validation.facts import facts_of
from pipeline.datasets.locate import SAMPLE, Located
from pipeline.report.remarks import remarks
from pipeline.report.verdict import verdict
from pipeline.runs.metadata import NodeRecord
from pipeline.runs.provenance import CodeVersion
from pipeline.runs.result import ArmEvidence, ArmSummary, PictureNote, Summary
from pipeline.settings.experiment import Experiment
from pipeline.settings.overrides import dotted


def summarize(
    run_id: str,
    nodes: Mapping[str, NodeRecord],
    experiment: Experiment,
    data: Located,
    code: CodeVersion,
    node_times: Sequence[Mapping[str, Any]],
) -> Summary:
    """Reads a finished run.

    Args:
      run_id: the run's name.
      nodes: what each node left.
      experiment: as it was run.
      data: where the data came from.
      code: that ran.
      node_times: {"node", "state", "seconds"} of each node, where they are known.
    """
    left = _Left(nodes)
    baseline, candidate = (_arm(left, role, experiment) for role in names.ROLES)
    compared = _significance(left)
    pushed_to = _pushed_to(nodes)
    robustness = _robustness(left)
    changes = _changes(left, experiment, compared)
    of_data = _data(left, experiment, data)
    answer = verdict(
        baseline_title=baseline.title,
        candidate_title=candidate.title,
        significance=compared.significance,
        decision=compared.decision,
        problems=compared.problems,
        pushed=bool(pushed_to),
        generated_data=data.kind == SAMPLE,
        redrawn=experiment.redraw,
        robustness=robustness,
        changes=changes,
        remarks=remarks(experiment, data.contents.pictures["train"], of_data["leaks"]),
    )
    return Summary(
        run=run_id,
        experiment=experiment.name,
        question=experiment.question,
        headline=answer.headline,
        details=answer.details,
        pushed_to=pushed_to,
        **of_data,
        **_compared(compared),
        baseline=baseline,
        candidate=candidate,
        robustness=robustness,
        changes=changes,
        serving=_serving(left),
        seeds=experiment.seeds,
        draws=experiment.draws,
        settings=dotted(experiment),
        code=code,
        artifacts=_artifacts(nodes),
        nodes=[dict(node) for node in node_times],
    )


def _compared(result: significance_node.Result) -> dict[str, Any]:
    """The fields of `Summary` that are as the node Significance left them."""
    return {
        "blessed": result.decision.blessed,
        "learning": result.learning,
        "problems": result.problems,
        "significance": result.significance,
    }


def _artifacts(nodes: Mapping[str, NodeRecord]) -> dict[str, list[str]]:
    """Each node's folders, below that of all nodes."""
    return {
        name: ["/".join(folder.parts[-3:]) for folder in node.outputs.values()]
        for name, node in nodes.items()
    }


def _data(left: _Left, experiment: Experiment, data: Located) -> dict[str, Any]:
    """The fields of `Summary` that are about the data."""
    counts = left.json(names.EXAMPLE_GEN, names.OUTPUT_EXAMPLES, COUNTS_FILE)
    draws = [left.folder(node, names.OUTPUT_EXAMPLES) for node in _example_gens(experiment)]
    splits, skews = facts_of(
        left.folder(names.STATISTICS_GEN, names.OUTPUT_STATISTICS),
        left.folder(names.SCHEMA, names.OUTPUT_SCHEMA),
    )
    class_names = list(experiment.dataset.class_names)
    return {
        "data": data.description,
        "data_kind": data.kind,
        "data_sha256": {**data.contents.sha256, **CONTENT.read(draws[0])},
        "pictures": {split: sum(by_class.values()) for split, by_class in counts.items()},
        "picture_notes": _notes(draws),
        "leaks": max(map(read_leaks, draws), key=Leaks.size),
        "splits": splits,
        "skews": skews,
        "class_names": class_names,
        "class_counts": {
            name: counts[features.TEST].get(str(label), 0) for label, name in enumerate(class_names)
        },
    }


def _example_gens(experiment: Experiment) -> list[str]:
    """The nodes that ingested the draws, the first draw's first."""
    return [names.repeated(names.EXAMPLE_GEN, repeat) for repeat in experiment.ingestions]


def _notes(draws: Sequence[Path]) -> list[PictureNote]:
    """What was noted of the pictures, each note once: of the draw where it is of most pictures."""
    largest: dict[tuple[str, bool], PictureNote] = {}
    for folder in draws:
        for plain in json.loads((folder / NOTES_FILE).read_text()):
            note = PictureNote(**plain)
            key = (note.note, note.used)
            largest[key] = max(largest.get(key, note), note, key=lambda each: each.count)
    return list(largest.values())


class _Left(NamedTuple):
    """What the nodes left.

    Attributes:
      nodes: by their names.
    """

    nodes: Mapping[str, NodeRecord]

    def folder(self, node: str, output: str) -> Path:
        if node not in self.nodes or output not in self.nodes[node].outputs:
            raise UserError(
                f"the run did not finish (there is no {output} of {node}); run the experiment "
                "again and it goes on from there"
            )
        return self.nodes[node].folder(output)

    def json(self, node: str, output: str, file: str) -> Any:
        return json.loads((self.folder(node, output) / file).read_text())


def _significance(left: _Left) -> significance_node.Result:
    return significance_node.read_result(left.folder(names.SIGNIFICANCE, names.OUTPUT_SIGNIFICANCE))


def _robustness(left: _Left) -> Robustness | None:
    """What the Robustness node measured; None where it was left out."""
    if names.ROBUSTNESS not in left.nodes:
        return None
    return robustness_node.read_result(left.folder(names.ROBUSTNESS, names.OUTPUT_ROBUSTNESS))


def _changes(
    left: _Left, experiment: Experiment, compared: significance_node.Result
) -> list[Change]:
    """The figures beside accuracy, compared over all seeds."""
    folder = left.folder(names.SIGNIFICANCE, names.OUTPUT_SIGNIFICANCE)
    predictions = Predictions.load(folder / significance_node.PREDICTIONS_FILE)
    significance, robustness = compared.significance, _robustness(left)
    records = {
        role: [model.record for model in compared.learning if model.role == role]
        for role in names.ROLES
    }
    baseline, candidate = (
        [record.train_accuracy for record in records[role]] for role in names.ROLES
    )
    gap = gap_change(
        (baseline, candidate),
        (significance.baseline_accuracy, significance.candidate_accuracy),
        records[names.BASELINE][0].train_pictures,
        significance.accuracy,
    )
    return [
        *changes_of_predictions(
            predictions.labels,
            predictions.probabilities[: experiment.repeats],
            predictions.probabilities[experiment.repeats :],
            experiment.dataset.class_names,
        ),
        *(changes_of_robustness(robustness) if robustness else []),
        gap,
    ]


def _serving(left: _Left) -> dict[str, Any] | None:
    """What the check of the exported model measured; None where it was not run."""
    if names.INFRA_VALIDATOR not in left.nodes:
        return None
    return CHECK_FILE.read(left.folder(names.INFRA_VALIDATOR, names.OUTPUT_CHECK))


def _arm(left: _Left, role: str, experiment: Experiment) -> ArmSummary:
    evaluation = left.folder(names.EVALUATOR, names.OUTPUT_EVALUATION)
    result = tfma.load_eval_result(str(evaluation), model_name=role)
    by_slice = {key: outputs[""][""] for key, outputs in result.slicing_metrics}
    overall = by_slice[()]
    first = names.ROLES.index(role) * experiment.repeats  # of the arm's models
    trained = left.json(names.trainer(role), names.OUTPUT_MODEL_RUN, TRAINING_FILE)
    compared = (names.SIGNIFICANCE, names.OUTPUT_SIGNIFICANCE)
    trained.update(left.json(*compared, significance_node.COSTS_FILE)[first])
    predictions = Predictions.load(left.folder(*compared) / significance_node.PREDICTIONS_FILE)
    figures = ArmSummary.__dataclass_fields__
    return ArmSummary(
        title=experiment.arms[role].title,
        test_accuracy=overall[ACCURACY]["doubleValue"],
        test_loss=overall[LOSS]["doubleValue"],
        class_accuracy={
            key[0][1]: metrics[ACCURACY]["doubleValue"]
            for key, metrics in by_slice.items()
            if key and metrics[COUNT]["doubleValue"]
        },
        curves=left.json(names.trainer(role), names.OUTPUT_MODEL_RUN, CURVES_FILE),
        evidence=evidence(predictions.labels, predictions.probabilities[first]),
        **{name: value for name, value in trained.items() if name in figures},
    )


def evidence(labels: np.ndarray, probabilities: np.ndarray) -> ArmEvidence:
    """What one model's predictions show.

    Args:
      labels: int [pictures].
      probabilities: float [pictures, classes].
    """
    matrix = confusion(labels, probabilities)
    precision, recall = (
        [None if np.isnan(value) else float(value) for value in values]
        for values in precision_recall(matrix)
    )
    return ArmEvidence(matrix.tolist(), precision, recall, calibration(labels, probabilities))


def _pushed_to(nodes: Mapping[str, NodeRecord]) -> str:
    """Where the Pusher put the model; "" if it did not."""
    if names.PUSHER not in nodes:
        return ""
    return nodes[names.PUSHER].properties[names.OUTPUT_PUSHED_MODEL].get("pushed_destination", "")

"""Collects a finished run's figures from its artifacts, as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow_model_analysis as tfma

from components import features, names
from components.evaluator import robustness_node, significance_node
from components.evaluator.eval_config import ACCURACY, COUNT, LOSS
from components.evaluator.robustness import Robustness
from components.evaluator.significance import Significance
from components.ingestion.tally import COUNTS_FILE, NOTES_FILE
from components.names import BASELINE, CANDIDATE
from components.serving.check import CHECK_FILE
from components.trainer.run import CURVES_FILE, SUMMARY_FILE
from components.validation.facts import Skew, SplitFacts, facts_of
from pipeline.datasets.sources import SAMPLE
from pipeline.report.verdict import verdict
from pipeline.runs.lineage import NodeRecord
from pipeline.runs.provenance import CodeVersion
from pipeline.settings.experiment import Experiment
from pipeline.settings.overrides import settings


@dataclass(frozen=True)
class ArmSummary:
    """One arm's figures. Accuracies are shares, 0 … 1; losses are mean cross-entropies.

    Attributes:
      title: of the model.
      test_accuracy: on split test, by TensorFlow Model Analysis.
      test_loss: on split test, by TensorFlow Model Analysis.
      train_accuracy: of the finished model on the training pictures as they are.
      train_loss: likewise.
      eval_accuracy: on the held-out split that chose the best epoch.
      eval_loss: likewise.
      best_epoch: whose weights were exported, from 1.
      parameters: number of the model's weights.
      weights_sha256: of the finished model's weights.
      fit_seconds: time of the training.
      exported_bytes: size of the exported model.
      pictures_per_second: how fast it answers, see `components.evaluator.predictions.Cost`.
      accelerator: see `components.trainer.accelerator.Chosen`.
      class_accuracy: class name → accuracy on split test.
      curves: one dictionary an epoch, see `components.trainer.fit.Fit`.
    """

    title: str
    test_accuracy: float
    test_loss: float
    train_accuracy: float
    train_loss: float
    eval_accuracy: float
    eval_loss: float
    best_epoch: int
    parameters: int
    weights_sha256: str
    fit_seconds: float
    exported_bytes: int
    pictures_per_second: float
    accelerator: dict[str, Any]
    class_accuracy: dict[str, float]
    curves: list[dict[str, float]]

    @property
    def gap(self) -> float:
        """Generalization gap: accuracy on the training pictures minus on the test pictures."""
        return self.train_accuracy - self.test_accuracy


@dataclass(frozen=True)
class Summary:
    """A finished run, as the report and `show` tell it.

    `picture_notes` are those of `components.ingestion.example_gen`: what was left out, and
    what is odd but was used. `splits` and `skews` are what validation found, see
    `components.validation.facts`. Both arms' figures, and `robustness`, are those of the first
    of the `seeds`; `significance` is over all. `robustness` is None where it was left out,
    `serving` where the check was not run (else `components.serving.check.CHECK_FILE`).
    `artifacts`: what each node left, as node/output/execution below the folder of all nodes.
    """

    run: str
    experiment: str
    question: str
    headline: str
    details: list[str]
    blessed: bool
    pushed_to: str
    data: str
    data_kind: str
    data_sha256: dict[str, str]
    pictures: dict[str, int]
    picture_notes: list[dict[str, Any]]
    splits: dict[str, SplitFacts]
    skews: list[Skew]
    baseline: ArmSummary
    candidate: ArmSummary
    significance: Significance
    robustness: Robustness | None
    serving: dict[str, Any] | None
    seeds: list[int]
    class_names: list[str]
    class_counts: dict[str, int]
    settings: dict[str, Any]
    code: CodeVersion
    artifacts: dict[str, list[str]]
    nodes: list[dict[str, Any]]


def summarize(
    run_id: str,
    nodes: Mapping[str, NodeRecord],
    experiment: Experiment,
    data: Mapping[str, Any],
    code: CodeVersion,
    node_times: Sequence[Mapping[str, Any]],
) -> Summary:
    """Reads a finished run.

    Args:
      run_id: the run's name.
      nodes: what each node left.
      experiment: as it was run.
      data: a `pipeline.datasets.sources.Located`, as plain data.
      code: that ran.
      node_times: {"node", "state", "seconds"} of each node, where they are known.
    """
    evaluation = nodes[names.EVALUATOR].outputs[names.OUTPUT_EVALUATION]
    baseline = _arm(nodes, evaluation, BASELINE, experiment)
    candidate = _arm(nodes, evaluation, CANDIDATE, experiment)
    significance, decision = significance_node.read_result(
        nodes[names.SIGNIFICANCE].outputs[names.OUTPUT_SIGNIFICANCE]
    )
    pushed_to = _pushed_to(nodes)
    examples = nodes[names.EXAMPLE_GEN].outputs[names.OUTPUT_EXAMPLES]
    counts = json.loads((examples / COUNTS_FILE).read_text())
    splits, skews = facts_of(
        nodes[names.STATISTICS_GEN].outputs[names.OUTPUT_STATISTICS],
        nodes[names.SCHEMA].outputs[names.OUTPUT_SCHEMA],
    )
    robustness = None
    if names.ROBUSTNESS in nodes:
        robustness = robustness_node.read_result(
            nodes[names.ROBUSTNESS].outputs[names.OUTPUT_ROBUSTNESS]
        )
    said = verdict(
        baseline_title=baseline.title,
        candidate_title=candidate.title,
        significance=significance,
        decision=decision,
        pushed=bool(pushed_to),
        generated_data=data["kind"] == SAMPLE,
        robustness=robustness,
        remarks=remarks(experiment),
    )
    return Summary(
        run=run_id,
        experiment=experiment.name,
        question=experiment.question,
        headline=said.headline,
        details=said.details,
        blessed=decision.blessed,
        pushed_to=pushed_to,
        data=data["description"],
        data_kind=data["kind"],
        data_sha256=data["contents"]["sha256"],
        pictures={split: sum(by_class.values()) for split, by_class in counts.items()},
        picture_notes=json.loads((examples / NOTES_FILE).read_text()),
        splits=splits,
        skews=skews,
        baseline=baseline,
        candidate=candidate,
        significance=significance,
        robustness=robustness,
        serving=_left(nodes, names.INFRA_VALIDATOR, names.OUTPUT_CHECK, CHECK_FILE),
        seeds=[experiment.seed + repeat for repeat in range(experiment.repeats)],
        class_names=list(experiment.dataset.class_names),
        class_counts={
            name: counts[features.TEST].get(str(label), 0)
            for label, name in enumerate(experiment.dataset.class_names)
        },
        settings=settings(experiment),
        code=code,
        artifacts={
            name: ["/".join(folder.parts[-3:]) for folder in node.outputs.values()]
            for name, node in nodes.items()
        },
        nodes=[dict(node) for node in node_times],
    )


def remarks(experiment: Experiment) -> list[str]:
    """What limits a run's answer by its settings, a sentence each."""
    dataset, found = experiment.dataset, []
    limits = [
        f"at most {limit:,} {what}"
        for limit, what in (
            (dataset.train_limit, "training pictures"),
            (dataset.test_limit, "test pictures"),
            (dataset.data_subset, "training pictures of each class"),
        )
        if limit
    ]
    if limits:
        found.append(f"Only a part of the data was used: {' and '.join(limits)}.")
    for arm in experiment.arms.values():
        weights = getattr(arm, "backbone_weights", "imagenet")
        if weights != "imagenet":
            which = "random ones" if weights == "none" else f"those in {weights}"
            found.append(
                f"The backbone of {arm.title} has other weights than ImageNet's ({which}): its "
                "accuracy says nothing about transfer from ImageNet."
            )
    return found


def _arm(
    nodes: Mapping[str, NodeRecord], evaluation: Path, role: str, experiment: Experiment
) -> ArmSummary:
    result = tfma.load_eval_result(str(evaluation), model_name=role)
    by_slice = {key: outputs[""][""] for key, outputs in result.slicing_metrics}
    overall = by_slice[()]
    folder = nodes[names.trainer(role)].outputs[names.OUTPUT_MODEL_RUN]
    trained = json.loads((folder / SUMMARY_FILE).read_text())
    costs = json.loads(
        (
            nodes[names.SIGNIFICANCE].outputs[names.OUTPUT_SIGNIFICANCE]
            / significance_node.COSTS_FILE
        ).read_text()
    )
    trained.update(costs[0 if role == BASELINE else experiment.repeats])
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
        curves=json.loads((folder / CURVES_FILE).read_text()),
        **{name: value for name, value in trained.items() if name in figures},
    )


def _left(nodes: Mapping[str, NodeRecord], node: str, output: str, file: str) -> Any:
    """A JSON file of a node's output; None where the node was not run."""
    if node not in nodes:
        return None
    return json.loads((nodes[node].outputs[output] / file).read_text())


def _pushed_to(nodes: Mapping[str, NodeRecord]) -> str:
    """Where the Pusher put the model; "" if it did not."""
    if names.PUSHER not in nodes:
        return ""
    return nodes[names.PUSHER].properties[names.OUTPUT_PUSHED_MODEL].get("pushed_destination", "")

"""The node that says whether the candidate's difference from the baseline is real.

It asks every trained model, of all seeds, about every test picture, and has the last word on the
blessing: by the gate's rule (`components.evaluator.gate`) and the Evaluator's.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import ClassVar

import tensorflow as tf
from tfx.components.evaluator import constants
from tfx.components.util import model_utils
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact, artifact_utils, standard_artifacts
from tfx.utils import path_utils

from components import features, names, nodes
from components.evaluator.gate import Decision, Gate, decide
from components.evaluator.predictions import predict_split
from components.evaluator.significance import Significance, compare
from components.result_file import ResultFile

#: In the node's artifact `significance`: see `read_result`; the `Predictions` of the baseline's
#: seeds, then the candidate's; the `Cost` of each of these models, as JSON.
SIGNIFICANCE_FILE = ResultFile("significance.json", version=2)
PREDICTIONS_FILE, COSTS_FILE = "predictions.npz", "costs.json"

#: An input: the Evaluator's word on the candidate of the first seed.
BLESSING_BY_EVALUATOR = "blessing_by_evaluator"


def read_result(folder: Path | str) -> tuple[Significance, Decision]:
    """What the node left in its artifact `significance`: the figures, and the gate's decision.

    Raises:
      UserError: another version of this project wrote it, or it is damaged.
    """
    content = SIGNIFICANCE_FILE.read(folder)
    decision = Decision(**content.pop("decision"))
    return Significance.from_dict(content), decision


class Executor(nodes.NodeExecutor):
    """Asks the models, compares, and blesses or not."""

    SETTINGS = Gate

    def run(self, settings: Gate, inputs: nodes.Artifacts, outputs: nodes.Artifacts) -> None:
        """See the module's text."""
        models = [
            path_utils.serving_model_path(model.uri)
            for role in names.ROLES
            for model in inputs[role]
        ]
        split = artifact_utils.get_split_uri(inputs[names.OUTPUT_EXAMPLES], features.TEST)
        predictions, costs = predict_split(split, models)
        seeds = len(inputs[names.BASELINE])
        significance = compare(
            predictions.labels,
            list(predictions.probabilities[:seeds]),
            list(predictions.probabilities[seeds:]),
            equivalence=settings.equivalence,
        )
        [by_evaluator] = inputs[BLESSING_BY_EVALUATOR]
        decision = decide(
            settings,
            baseline=significance.baseline_accuracy[0],
            candidate=significance.candidate_accuracy[0],
            lower_end=significance.headline.low,
            blessed_by_evaluator=model_utils.is_model_blessed(by_evaluator),
        )
        folder = artifact_utils.get_single_uri(outputs[names.OUTPUT_SIGNIFICANCE])
        predictions.save(f"{folder}/{PREDICTIONS_FILE}")
        result = {"decision": decision._asdict(), **significance.to_dict()}
        SIGNIFICANCE_FILE.write(folder, result)
        of_models = [dataclasses.asdict(cost) for cost in costs]
        _write(f"{folder}/{COSTS_FILE}", json.dumps(of_models, indent=1))
        [blessing] = outputs[names.OUTPUT_BLESSING]
        _bless(blessing, decision.blessed)


class SignificanceNode(nodes.Node):
    """The node.

    It takes examples with a split `test`, the Evaluator's blessing, and both arms' models, one
    for each seed, the seeds in the same order. It leaves `significance` (`SIGNIFICANCE_FILE`,
    `PREDICTIONS_FILE`, `COSTS_FILE`) and `blessing`, as TFX's Pusher takes it.

        node = SignificanceNode(
            settings=Gate(min_accuracy=0.5),
            **{"examples": …, "blessing_by_evaluator": …, "baseline": […], "candidate": […]},
        ).with_id(names.SIGNIFICANCE)
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    INPUTS: ClassVar = {
        names.OUTPUT_EXAMPLES: standard_artifacts.Examples,
        BLESSING_BY_EVALUATOR: standard_artifacts.ModelBlessing,
        names.BASELINE: standard_artifacts.Model,
        names.CANDIDATE: standard_artifacts.Model,
    }
    OUTPUTS: ClassVar = {
        names.OUTPUT_SIGNIFICANCE: standard_artifacts.ModelEvaluation,
        names.OUTPUT_BLESSING: standard_artifacts.ModelBlessing,
    }


def _bless(blessing: artifact.Artifact, blessed: bool) -> None:
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, int(blessed))
    name = constants.BLESSED_FILE_NAME if blessed else constants.NOT_BLESSED_FILE_NAME
    _write(f"{blessing.uri}/{name}", "")


def _write(path: str, text: str) -> None:
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(text)

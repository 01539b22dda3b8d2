"""The node that says whether the candidate's difference from the baseline is real.

It asks every trained model, of all seeds, about every test picture. Before it compares them it
looks whether each has learned at all (`components.evaluator.learned`). It has the last word on the
blessing: by that, by the gate's rule (`components.evaluator.gate`) and the Evaluator's.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import tensorflow as tf
from tfx.components.evaluator import constants
from tfx.components.util import model_utils
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact, artifact_utils, standard_artifacts
from tfx.utils import path_utils

from components import features, names, nodes
from components.errors import UserError
from components.evaluator.gate import Decision, Gate, decide
from components.evaluator.learned import Learning, examine
from components.evaluator.predictions import Predictions, predict_split
from components.evaluator.problems import Problem, problems
from components.evaluator.significance import Significance, compare
from components.learning_record import LearningRecord
from components.result_file import ResultFile
from components.settings import from_plain, settings

#: In the node's artifact `significance`: see `read_result`; the `Predictions` of the baseline's
#: seeds, then the candidate's; the `Cost` of each of these models, as JSON.
SIGNIFICANCE_FILE = ResultFile("significance.json", version=2)
PREDICTIONS_FILE, COSTS_FILE = "predictions.npz", "costs.json"

#: An input: the Evaluator's word on the candidate of the first seed.
BLESSING_BY_EVALUATOR = "blessing_by_evaluator"
#: Inputs: what the Trainers left of their trainings, in the order of the models.
RUNS = {role: f"{role}_run" for role in names.ROLES}


@settings
class SignificanceSettings:
    """What the node gets.

    Attributes:
      gate: what blesses the candidate.
      class_names: names of the classes 0, 1, …
    """

    gate: Gate
    class_names: tuple[str, ...]


class Result(NamedTuple):
    """What the node left in its artifact `significance`.

    Attributes:
      significance: the figures of the comparison.
      decision: the gate's.
      learning: what the checks measured of each trained model, the baseline's first.
      problems: why the comparison is not judged; empty where it is.
    """

    significance: Significance
    decision: Decision
    learning: list[Learning]
    problems: list[Problem]


def read_result(folder: Path | str) -> Result:
    """What the node left in its artifact `significance`.

    Raises:
      UserError: another version of this project wrote it, or it is damaged.
    """
    content = SIGNIFICANCE_FILE.read(folder)
    decision = Decision(**content.pop("decision"))
    learning = [from_plain(Learning, model) for model in content.pop("learning")]
    left = [from_plain(Problem, problem) for problem in content.pop("problems")]
    return Result(Significance.from_dict(content), decision, learning, left)


class Executor(nodes.NodeExecutor):
    """Asks the models, compares, and blesses or not."""

    SETTINGS = SignificanceSettings

    def run(
        self, settings: SignificanceSettings, inputs: nodes.Artifacts, outputs: nodes.Artifacts
    ) -> None:
        """See the module's text.

        Raises:
          UserError: a model's probabilities are not numbers.
        """
        models = [
            path_utils.serving_model_path(model.uri)
            for role in names.ROLES
            for model in inputs[role]
        ]
        split = artifact_utils.get_split_uri(inputs[names.OUTPUT_EXAMPLES], features.TEST)
        predictions, costs = predict_split(split, models)
        learning = _learning(inputs, predictions)
        left = problems(learning, settings.class_names)
        seeds = len(inputs[names.BASELINE])
        significance = compare(
            predictions.labels,
            list(predictions.probabilities[:seeds]),
            list(predictions.probabilities[seeds:]),
            equivalence=settings.gate.equivalence,
        )
        [by_evaluator] = inputs[BLESSING_BY_EVALUATOR]
        decision = decide(
            settings.gate,
            baseline=significance.baseline_accuracy[0],
            candidate=significance.candidate_accuracy[0],
            lower_end=significance.headline.low,
            problems=left,
            blessed_by_evaluator=model_utils.is_model_blessed(by_evaluator),
        )
        folder = artifact_utils.get_single_uri(outputs[names.OUTPUT_SIGNIFICANCE])
        predictions.save(f"{folder}/{PREDICTIONS_FILE}")
        result = {
            "decision": decision._asdict(),
            "learning": [dataclasses.asdict(model) for model in learning],
            "problems": [dataclasses.asdict(problem) for problem in left],
            **significance.to_dict(),
        }
        SIGNIFICANCE_FILE.write(folder, result)
        of_models = [dataclasses.asdict(cost) for cost in costs]
        _write(f"{folder}/{COSTS_FILE}", json.dumps(of_models, indent=1))
        [blessing] = outputs[names.OUTPUT_BLESSING]
        _bless(blessing, decision.blessed)


class SignificanceNode(nodes.Node):
    """The node.

    It takes examples with a split `test`, the Evaluator's blessing, both arms' models, one for each
    seed, the seeds in the same order, and what their Trainers left of the trainings. It leaves
    `significance` (`SIGNIFICANCE_FILE`, `PREDICTIONS_FILE`, `COSTS_FILE`) and `blessing`, as TFX's
    Pusher takes it.

        node = SignificanceNode(
            settings=SignificanceSettings(gate=Gate(min_accuracy=0.5), class_names=("cat", "dog")),
            **{"examples": …, "blessing_by_evaluator": …, "baseline": […], "candidate": […]},
            **{"baseline_run": […], "candidate_run": […]},
        ).with_id(names.SIGNIFICANCE)
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    INPUTS: ClassVar = {
        names.OUTPUT_EXAMPLES: standard_artifacts.Examples,
        BLESSING_BY_EVALUATOR: standard_artifacts.ModelBlessing,
        names.BASELINE: standard_artifacts.Model,
        names.CANDIDATE: standard_artifacts.Model,
        RUNS[names.BASELINE]: standard_artifacts.ModelRun,
        RUNS[names.CANDIDATE]: standard_artifacts.ModelRun,
    }
    OUTPUTS: ClassVar = {
        names.OUTPUT_SIGNIFICANCE: standard_artifacts.ModelEvaluation,
        names.OUTPUT_BLESSING: standard_artifacts.ModelBlessing,
    }


def _learning(inputs: nodes.Artifacts, predictions: Predictions) -> list[Learning]:
    """What the checks measure of each model, in the order of the predictions."""
    trained = [
        (role, LearningRecord.read(left.uri)) for role in names.ROLES for left in inputs[RUNS[role]]
    ]
    learning = []
    for (role, record), probabilities in zip(trained, predictions.probabilities, strict=True):
        wrong = int((~np.isfinite(probabilities)).any(axis=1).sum())
        if wrong:
            raise UserError(
                f"what the {role} (seed {record.seed}) says of {wrong:,} of {len(probabilities):,} "
                "test pictures is not a number (NaN): its training has diverged. Lower the "
                f"learning rate, which is {record.learning_rate:g}: "
                f"--set {role}.optimizer.learning_rate={record.learning_rate / 10:g}"
            )
        learning.append(examine(role, record, predictions.labels, probabilities))
    return learning


def _bless(blessing: artifact.Artifact, blessed: bool) -> None:
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, int(blessed))
    name = constants.BLESSED_FILE_NAME if blessed else constants.NOT_BLESSED_FILE_NAME
    _write(f"{blessing.uri}/{name}", "")


def _write(path: str, text: str) -> None:
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(text)

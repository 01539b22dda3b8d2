"""The node that says whether the candidate's difference from the baseline is real.

It asks every trained model, of all seeds, about every test picture, and has the last word on the
blessing: the Evaluator's, and where the gate asks for it, that the difference is shown.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tfx.components.evaluator import constants
from tfx.components.util import model_utils
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact, artifact_utils, channel, component_spec, standard_artifacts
from tfx.utils import path_utils

from components import features
from components.evaluator.predictions import predict
from components.evaluator.significance import compare
from components.nodes import spec_of

#: In the node's `significance` artifact: a `Significance` as JSON; the `Predictions` of the
#: baseline's seeds, then the candidate's; the `Cost` of each of these models, as JSON.
SIGNIFICANCE_FILE, PREDICTIONS_FILE = "significance.json", "predictions.npz"
COSTS_FILE = "costs.json"


class Executor(base_executor.BaseExecutor):
    """Asks the models, compares, and blesses or not."""

    def Do(
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """See the module's text."""
        repeats = int(exec_properties["repeats"])
        models = [
            path_utils.serving_model_path(
                artifact_utils.get_single_uri(input_dict[_input(role, repeat)])
            )
            for role in ("baseline", "candidate")
            for repeat in range(repeats)
        ]
        split = artifact_utils.get_split_uri(input_dict["examples"], features.TEST)
        predictions, costs = predict(split, models, exec_properties["signature"])
        found = compare(
            predictions.labels,
            list(predictions.probabilities[:repeats]),
            list(predictions.probabilities[repeats:]),
        )
        folder = artifact_utils.get_single_uri(output_dict["significance"])
        predictions.save(f"{folder}/{PREDICTIONS_FILE}")
        _write(f"{folder}/{SIGNIFICANCE_FILE}", json.dumps(dataclasses.asdict(found), indent=1))
        plain = [dataclasses.asdict(cost) for cost in costs]
        _write(f"{folder}/{COSTS_FILE}", json.dumps(plain, indent=1))

        [evaluated] = input_dict["blessing_by_evaluator"]
        blessed = model_utils.is_model_blessed(evaluated)
        if exec_properties["decides"]:
            blessed &= found.lower_end > float(exec_properties["min_improvement"])
        [blessing] = output_dict["blessing"]
        blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, int(blessed))
        name = constants.BLESSED_FILE_NAME if blessed else constants.NOT_BLESSED_FILE_NAME
        _write(f"{blessing.uri}/{name}", "")


class Significance(base_component.BaseComponent):
    """The node."""

    SPEC_CLASS = component_spec.ComponentSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        examples: channel.BaseChannel,
        baseline: Sequence[channel.BaseChannel],
        candidate: Sequence[channel.BaseChannel],
        blessing: channel.BaseChannel,
        signature: str,
        decides: bool,
        min_improvement: float,
        code: str,
    ):
        """Builds the node.

        Args:
          examples: with a split `test`.
          baseline: the model of each seed.
          candidate: likewise, the seeds in the same order.
          blessing: the Evaluator's.
          signature: of the models: from serialized Examples to `probabilities`.
          decides: whether a candidate is blessed only when its difference is shown.
          min_improvement: what the interval's lower end must exceed then.
          code: fingerprint of the code that runs here, for the cache.
        """
        models = {
            _input(role, repeat): given
            for role, channels in (("baseline", baseline), ("candidate", candidate))
            for repeat, given in enumerate(channels)
        }
        super().__init__(
            spec=spec_of(
                self,
                parameters={
                    "repeats": len(baseline),
                    "signature": signature,
                    "decides": int(decides),
                    "min_improvement": float(min_improvement),
                    "code": code,
                },
                inputs={"examples": examples, "blessing_by_evaluator": blessing, **models},
                outputs={
                    "significance": standard_artifacts.ModelEvaluation,
                    "blessing": standard_artifacts.ModelBlessing,
                },
            )
        )


def _input(role: str, repeat: int) -> str:
    return f"{role}_{repeat + 1}"


def _write(path: str, text: str) -> None:
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(text)

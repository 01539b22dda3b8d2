"""The node that asks the exported candidate about test pictures before it can be pushed.

The same pictures go to the model twice: as files, as a client would send them, to a fresh
process; and as the Examples that it was evaluated on, through Transform's graph. The answers
must be whole, and the same. Among the files is one that is no picture: it must be told apart, and
spoil nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import tensorflow as tf
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import path_utils

from components import features, names, nodes
from components.examples import parse, records_of
from components.pictures import PictureFormat
from components.result_file import ResultFile
from components.serving.answer import AnswerError, Answers, ask

_PICTURES = 16
_NO_PICTURE = b"no picture"
_SUM, _PARITY = 1e-4, 1e-5

#: In the node's artifact: how many pictures were sent, and how far the answers differ at most.
CHECK_FILE = ResultFile("check.json", version=1)


class ServingFailed(Exception):
    """The exported model does not answer as it was evaluated."""


def problems(answers: Answers, evaluated: np.ndarray, class_names: Sequence[str]) -> list[str]:
    """What is wrong with a model's answers, a phrase each; empty if nothing is.

    Args:
      answers: of the served model: for pictures, and then for what is none.
      evaluated: float32 [pictures, classes]: what it gave for the same pictures' Examples.
      class_names: names of the classes 0, 1, …
    """
    shape = (len(evaluated) + 1, len(class_names))
    served = answers.probabilities
    if served.shape != shape or served.dtype != np.float32:
        return [f"probabilities are {served.dtype} {served.shape}, not float32 {shape}"]
    if answers.valid.tolist() != [True] * len(evaluated) + [False]:
        return ["valid is not what tells pictures from what is none"]
    served, class_id, class_name = served[:-1], answers.class_id[:-1], answers.class_name[:-1]
    not_numbers = int((~np.isfinite(served)).any(axis=1).sum())
    if not_numbers:
        return [
            f"probabilities of {not_numbers} of {len(served)} pictures are not numbers (NaN): the "
            "training has diverged"
        ]
    phrases = []
    if np.abs(served.sum(axis=1) - 1).max() > _SUM:
        phrases.append("probabilities do not sum to 1")
    if not np.array_equal(class_id, served.argmax(axis=1)):
        phrases.append("class_id is not the most probable class")
    elif [class_names[index] for index in class_id] != list(class_name):
        phrases.append("class_name is not the name of class_id")
    differ = float(np.abs(served - evaluated).max())
    if not differ <= _PARITY:
        phrases.append(f"a file's probabilities differ by {differ:.2g} from its Example's")
    return phrases


class Executor(nodes.NodeExecutor):
    """Asks the model twice, and fails if it does not serve."""

    SETTINGS = PictureFormat

    def run(
        self, settings: PictureFormat, inputs: nodes.Artifacts, outputs: nodes.Artifacts
    ) -> None:
        """See the module's text.

        Raises:
          ServingFailed: the model does not serve, or not as it was evaluated.
        """
        path = path_utils.serving_model_path(
            artifact_utils.get_single_uri(inputs[names.OUTPUT_MODEL])
        )
        split = artifact_utils.get_split_uri(inputs[names.OUTPUT_EXAMPLES], features.TEST)
        records = next(iter(records_of(split).batch(_PICTURES)))
        (stored,) = parse(records, features.IMAGE)
        files = settings.to_files(stored).numpy().tolist()
        evaluate = tf.saved_model.load(path).signatures[names.EVALUATE]
        evaluated = evaluate(examples=records)[names.PROBABILITIES].numpy()
        try:
            answers = ask(path, [*files, _NO_PICTURE])
        except AnswerError as error:
            raise ServingFailed(f"the exported model cannot be served: {error}") from error
        phrases = problems(answers, evaluated, settings.class_names)
        if phrases:
            raise ServingFailed(f"the exported model does not serve: {'; '.join(phrases)}")
        [check] = outputs[names.OUTPUT_CHECK]
        check.set_int_custom_property("blessed", 1)
        result = {
            "pictures": len(files),
            "largest_difference": float(np.abs(answers.probabilities[:-1] - evaluated).max()),
        }
        CHECK_FILE.write(check.uri, result)


class ModelInfraCheck(nodes.Node):
    """The node, in the place of TFX's InfraValidator, which needs Docker or a cluster.

    It takes examples with a split `test` and a model, and leaves `check` (`CHECK_FILE`), as
    TFX's Pusher takes it.

        node = ModelInfraCheck(
            settings=PictureFormat(…), examples=…, model=…
        ).with_id(names.INFRA_VALIDATOR)
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    INPUTS: ClassVar = {
        names.OUTPUT_EXAMPLES: standard_artifacts.Examples,
        names.OUTPUT_MODEL: standard_artifacts.Model,
    }
    OUTPUTS: ClassVar = {names.OUTPUT_CHECK: standard_artifacts.InfraBlessing}

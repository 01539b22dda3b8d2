"""The node that asks the exported candidate about test pictures before it can be pushed.

The same pictures go to the model twice: as files, as a client would send them, to a fresh
process; and as the Examples that it was evaluated on, through Transform's graph. The answers
must be whole, and the same.
"""

# No `from __future__ import annotations` here: TFX reads the annotations of @component.

import itertools
import json

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import path_utils

from components import features
from components.examples import bytes_of, read_examples
from components.serving.answer import AnswerError, Answers, ask

_PICTURES = 16
_SUM, _PARITY = 1e-4, 1e-5

#: In the node's artifact: how many pictures were sent, and how far the answers differ at most.
CHECK_FILE = "check.json"


class ServingFailed(Exception):
    """The exported model does not answer as it was evaluated."""


def problems(answers: Answers, evaluated: np.ndarray, class_names: list[str]) -> list[str]:
    """What is wrong with a model's answers, a phrase each; empty if nothing is.

    Args:
      answers: of the served model.
      evaluated: float32 [pictures, classes]: what it gave for the same pictures' Examples.
      class_names: names of the classes 0, 1, …
    """
    shape = (len(evaluated), len(class_names))
    served = answers.probabilities
    if served.shape != shape or served.dtype != np.float32:
        return [f"probabilities are {served.dtype} {served.shape}, not float32 {shape}"]
    found = []
    if not np.isfinite(served).all() or np.abs(served.sum(axis=1) - 1).max() > _SUM:
        found.append("probabilities do not sum to 1")
    if not np.array_equal(answers.class_id, served.argmax(axis=1)):
        found.append("class_id is not the most probable class")
    elif [class_names[index] for index in answers.class_id] != list(answers.class_name):
        found.append("class_name is not the name of class_id")
    differ = float(np.abs(served - evaluated).max())
    if not differ <= _PARITY:
        found.append(f"a file's probabilities differ by {differ:.2g} from its Example's")
    return found


@component
def ServingCheck(
    examples: InputArtifact[standard_artifacts.Examples],
    model: InputArtifact[standard_artifacts.Model],
    check: OutputArtifact[standard_artifacts.InfraBlessing],
    settings: Parameter[str],
) -> None:
    """Fails if the model does not serve; `settings`: JSON as `as_parameter` makes it."""
    told = json.loads(settings)
    path = path_utils.serving_model_path(model.uri)
    split = artifact_utils.get_split_uri([examples], features.TEST)
    chosen = list(itertools.islice(read_examples(split), _PICTURES))
    stored = [bytes_of(example, features.IMAGE) for example in chosen]
    files = stored if told["encoded"] else [_png(pixels, told["shape"]) for pixels in stored]
    evaluate = tf.saved_model.load(path).signatures[told["evaluate"]]
    records = tf.constant([example.SerializeToString() for example in chosen])
    evaluated = evaluate(examples=records)["probabilities"].numpy()
    try:
        answers = ask(path, files)
    except AnswerError as error:
        raise ServingFailed(f"the exported model cannot be served: {error}") from error
    found = problems(answers, evaluated, told["class_names"])
    if found:
        raise ServingFailed(f"the exported model does not serve: {'; '.join(found)}")
    check.set_int_custom_property("blessed", 1)
    differ = float(np.abs(answers.probabilities - evaluated).max())
    with tf.io.gfile.GFile(f"{check.uri}/{CHECK_FILE}", "w") as file:
        file.write(json.dumps({"pictures": len(files), "largest_difference": differ}))


def as_parameter(
    *, encoded: bool, shape: list[int], class_names: list[str], evaluate: str, code: str
) -> str:
    """The node's settings.

    Args:
      encoded: whether Examples hold picture files, and not raw pixels.
      shape: [height, width, channels] of raw pixels.
      class_names: names of the classes 0, 1, …
      evaluate: the model's signature that takes serialized Examples.
      code: fingerprint of the code that runs here, for the cache.
    """
    return json.dumps(
        {
            "encoded": encoded,
            "shape": shape,
            "class_names": class_names,
            "evaluate": evaluate,
            "code": code,
        }
    )


def _png(pixels: bytes, shape: list[int]) -> bytes:
    picture = np.frombuffer(pixels, np.uint8).reshape(shape)
    return tf.io.encode_png(picture).numpy()

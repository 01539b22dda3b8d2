"""The node that asks both models about spoiled test pictures.

A spoiled picture takes the place of the stored one in its Example, and so goes through
Transform's graph like any other. Both models see the very same pictures.
"""

# No `from __future__ import annotations` here: TFX reads the annotations of @component.

import dataclasses
import itertools
import json
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import path_utils

from components import features
from components.evaluator.corruptions import CORRUPTIONS, STRENGTHS, chosen, corrupt
from components.evaluator.robustness import summarize
from components.examples import bytes_of, int_of, read_examples
from components.pictures import decode_all, encode_all
from components.progress import emit

#: In the node's artifact: a `components.evaluator.robustness.Robustness` as JSON.
ROBUSTNESS_FILE = "robustness.json"

_BATCH = 128


@component
def Robustness(
    examples: InputArtifact[standard_artifacts.Examples],
    baseline: InputArtifact[standard_artifacts.Model],
    candidate: InputArtifact[standard_artifacts.Model],
    robustness: OutputArtifact[standard_artifacts.ModelEvaluation],
    settings: Parameter[str],
) -> None:
    """Writes `ROBUSTNESS_FILE`; `settings`: JSON as `as_parameter` makes it."""
    told = json.loads(settings)
    encoded, shape = told["encoded"], told["shape"]
    models = [
        tf.saved_model.load(path_utils.serving_model_path(model.uri)).signatures[told["signature"]]
        for model in (baseline, candidate)
    ]

    def right(pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Which of the pictures each model gets right: bool [models, pictures]."""
        records = tf.constant(_as_examples(pictures, encoded))
        answers = [model(examples=records)["probabilities"].numpy() for model in models]
        return np.stack([answer.argmax(axis=1) == labels for answer in answers])

    split = artifact_utils.get_split_uri([examples], features.TEST)
    ids = [_name(example) for example in read_examples(split)]
    wanted = {ids[index] for index in chosen(ids, told["pictures"])}
    clean, corrupted, done = [], [], 0
    for batch in _batches(split, wanted, encoded, shape):
        clean.append(right(batch.pictures, batch.labels))
        of_batch = [
            [
                right(corrupt(batch.pictures, batch.example_ids, one, strength), batch.labels)
                for strength in STRENGTHS
            ]
            for one in CORRUPTIONS
        ]
        # [corruptions, strengths, models, pictures] → [models, pictures, corruptions, strengths]
        corrupted.append(np.transpose(of_batch, (2, 3, 0, 1)))
        done += len(batch.labels)
        what = "spoiled test pictures"
        emit("progress", node=told["node"], what=what, done=done, total=len(wanted))
    found = summarize(np.concatenate(clean, axis=1), np.concatenate(corrupted, axis=1))
    with tf.io.gfile.GFile(f"{robustness.uri}/{ROBUSTNESS_FILE}", "w") as file:
        file.write(json.dumps(dataclasses.asdict(found), indent=1))


def as_parameter(
    *, node: str, pictures: int, encoded: bool, shape: list[int], signature: str, code: str
) -> str:
    """The node's settings.

    Args:
      node: its name, for progress.
      pictures: at most so many test pictures are spoiled.
      encoded: whether Examples hold picture files, and not raw pixels.
      shape: [height, width, channels] that pictures are brought to before they are spoiled.
      signature: the models' that takes serialized Examples.
      code: fingerprint of the code that runs here, for the cache.
    """
    return json.dumps(
        {
            "node": node,
            "pictures": pictures,
            "encoded": encoded,
            "shape": shape,
            "signature": signature,
            "code": code,
        }
    )


class _Batch(NamedTuple):
    """Test pictures, uint8 [pictures, height, width, channels], with their names and labels."""

    pictures: np.ndarray
    example_ids: list[str]
    labels: np.ndarray


def _batches(split: str, wanted: set[str], encoded: bool, shape: list[int]) -> Iterator[_Batch]:
    """The wanted pictures of a split, as Transform would see them before it augments."""
    those = (example for example in read_examples(split) if _name(example) in wanted)
    while batch := list(itertools.islice(those, _BATCH)):
        stored = [bytes_of(example, features.IMAGE) for example in batch]
        yield _Batch(
            decode_all(tf.constant(stored), shape).numpy()
            if encoded
            else np.frombuffer(b"".join(stored), np.uint8).reshape(-1, *shape),
            [_name(example) for example in batch],
            np.array([int_of(example, features.LABEL) for example in batch]),
        )


def _name(example: tf.train.Example) -> str:
    return bytes_of(example, features.EXAMPLE_ID).decode()


def _as_examples(pictures: np.ndarray, encoded: bool) -> list[bytes]:
    """Examples with these pictures in place of the stored ones."""
    stored = (
        encode_all(tf.constant(pictures)).numpy()
        if encoded
        else [picture.tobytes() for picture in pictures]
    )
    records = []
    for image in stored:
        example = tf.train.Example()
        example.features.feature[features.IMAGE].bytes_list.value.append(image)
        records.append(example.SerializeToString())
    return records

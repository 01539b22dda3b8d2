"""What exported models say of every test picture."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from components import features
from components.examples import parse, records_of
from components.names import EVALUATE, PROBABILITIES

_BATCH = 256


@dataclass(frozen=True)
class Predictions:
    """Predictions of several models on the same pictures.

    Attributes:
      example_ids: names of the pictures, str [pictures].
      labels: int64 [pictures].
      probabilities: float32 [models, pictures, classes].
    """

    example_ids: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray

    def save(self, file: Path | str) -> None:
        """Writes an .npz file."""
        content = io.BytesIO()
        np.savez_compressed(
            content,
            example_ids=self.example_ids,
            labels=self.labels,
            probabilities=self.probabilities,
        )
        with tf.io.gfile.GFile(str(file), "wb") as out:
            out.write(content.getvalue())

    @classmethod
    def load(cls, file: Path | str) -> Predictions:
        """Reads what `save` wrote."""
        with tf.io.gfile.GFile(str(file), "rb") as stored:
            content = io.BytesIO(stored.read())
        with np.load(content) as arrays:
            return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Cost:
    """What it takes to serve a model.

    Attributes:
      exported_bytes: size of the SavedModel's files.
      pictures_per_second: how fast it answers on this machine, in batches of 256, from
        stored picture to probabilities; the first batch, which sets up, does not count.
    """

    exported_bytes: int
    pictures_per_second: float


def predict_split(split: str, models: Sequence[str]) -> tuple[Predictions, list[Cost]]:
    """Lets models look at the pictures of a split.

    Args:
      split: folder with the split's TFRecord files.
      models: folders with SavedModels.

    Returns:
      The predictions, and each model's cost.
    """
    batches = records_of(split).batch(_BATCH).prefetch(1)
    columns = [parse(batch, features.EXAMPLE_ID, features.LABEL) for batch in batches]
    ids, labels = (np.concatenate(column) for column in zip(*columns, strict=True))
    probabilities, costs = [], []
    for model in models:
        loaded = tf.saved_model.load(model)
        ask = loaded.signatures[EVALUATE]
        ask(examples=next(iter(batches)))
        started = time.monotonic()
        answers = [ask(examples=batch)[PROBABILITIES].numpy() for batch in batches]
        seconds = time.monotonic() - started
        probabilities.append(np.concatenate(answers))
        costs.append(Cost(_size(model), len(labels) / seconds))
    predictions = Predictions(
        example_ids=np.char.decode(ids.astype(bytes), "utf-8"),
        labels=labels,
        probabilities=np.stack(probabilities),
    )
    return predictions, costs


def _size(folder: str) -> int:
    return sum(
        tf.io.gfile.stat(f"{parent}/{file}").length
        for parent, _, files in tf.io.gfile.walk(folder)
        for file in files
    )

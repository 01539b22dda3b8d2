"""What a Trainer leaves of its training: how it went, and what tells whether it has learned.

Trainers write it and other kinds of node read it, so it stands beside both.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: In a Trainer's artifact `model_run`: the learning curves, see `components.trainer.fit.Fit`; and
#: figures of the finished model, among them those of `LearningRecord`.
CURVES_FILE, TRAINING_FILE = "learning_curves.json", "training.json"


@dataclass(frozen=True)
class Normalization:
    """A finished model with two statistics in its trained BatchNormalization layers.

    The same training pictures, as they are, without Dropout: once normalized by the moving
    averages, as the model is served, once by the mean and variance of each batch.

    Attributes:
      momentum: of the moving averages; the largest, where the layers differ.
      pictures: how many were looked at.
      averages_right: how many it gets right by the averages.
      batches_right: how many by the batches' statistics.
      only_averages_right: how many by the averages alone.
      only_batches_right: how many by the batches' statistics alone.
    """

    momentum: float
    pictures: int
    averages_right: int
    batches_right: int
    only_averages_right: int
    only_batches_right: int


@dataclass(frozen=True)
class LearningRecord:
    """How the training of one model went.

    Attributes:
      seed: of the training.
      epochs: passes over the training pictures, fine-tuning's among them.
      best_epoch: whose weights were kept, from 1.
      steps_per_epoch: of the optimizer.
      learning_rate: as set.
      schedule: of the learning rate, see `components.trainer.settings.Optimizer`.
      train_accuracy: of the finished model on training pictures as they are, 0 … 1.
      train_pictures: their number.
      eval_pictures: number of pictures of split eval.
      eval_accuracy: on split eval after each epoch.
      normalization: see there; None for a model without a trained BatchNormalization.
      steps_before: of the trainings that it goes on from, see `components.trainer.base_model`.
    """

    seed: int
    epochs: int
    best_epoch: int
    steps_per_epoch: int
    learning_rate: float
    schedule: str
    train_accuracy: float
    train_pictures: int
    eval_pictures: int
    eval_accuracy: list[float]
    normalization: Normalization | None
    steps_before: int = 0

    @property
    def steps(self) -> int:
        """How many steps of the optimizer the finished model has seen."""
        return self.steps_before + self.best_epoch * self.steps_per_epoch

    @classmethod
    def read(cls, folder: Path | str) -> LearningRecord:
        """Reads what a Trainer left in its artifact `model_run`."""
        training, curves = (_json(f"{folder}/{name}") for name in (TRAINING_FILE, CURVES_FILE))
        normalization = training["normalization"]
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(
            **{
                **{name: value for name, value in training.items() if name in names},
                "eval_accuracy": [row["eval_accuracy"] for row in curves],
                "normalization": Normalization(**normalization) if normalization else None,
            }
        )


def _json(path: str) -> Any:
    import tensorflow as tf  # here, since commands that look at a run start without it

    with tf.io.gfile.GFile(path) as file:
        return json.load(file)

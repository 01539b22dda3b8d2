"""What a Trainer node is told: the settings of one arm, as they travel in `custom_config`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras

from components.errors import UserError


@dataclass(frozen=True)
class TrainerSettings:
    """The settings of one arm's training.

    Attributes:
      node: the Trainer's name, for progress.
      model: import path of a function (input_shape, num_classes) → keras.Model.
      shape: [height, width, channels] of the pictures.
      input_shape: the same of what Transform makes of them, which the model takes.
      encoded: whether pictures are stored as files of any size, and not as raw pixels.
      class_names: names of the labels 0, 1, …
      epochs: passes over the training pictures.
      batch_size: pictures per step.
      optimizer: `class_name` and `config` of a Keras optimizer.
      schedule: "constant", or "cosine": the learning rate falls to near 0 over the epochs.
      augment: whether training pictures are augmented by the transform graph.
      seed: of the run: initial weights, order of pictures, augmentation.
      state_dir: where the state after each epoch is kept, so that a run that was killed
        goes on; "" keeps none.
      code: fingerprint of the code that trains, for the cache.
    """

    node: str
    model: str
    shape: list[int]
    input_shape: list[int]
    encoded: bool
    class_names: list[str]
    epochs: int
    batch_size: int
    optimizer: dict[str, Any]
    schedule: str
    augment: bool
    seed: int
    state_dir: str
    code: str

    def make_optimizer(self) -> keras.optimizers.Optimizer:
        """Builds the Keras optimizer.

        Raises:
          UserError: Keras does not know it, or not with these settings.
        """
        try:
            return keras.optimizers.get(
                {"class_name": self.optimizer["class_name"], "config": self.optimizer["config"]}
            )
        except (ValueError, TypeError) as error:
            raise UserError(
                f"Keras has no optimizer {self.optimizer['class_name']!r} with "
                f"{self.optimizer['config']}: {str(error).splitlines()[0]}"
            ) from error

    def learning_rate(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0.

        With "cosine", epoch e of n has the first one's times (1 + cos(π · e / n)) / 2, after
        Loshchilov and Hutter, https://arxiv.org/abs/1608.03983, without restarts.

        Raises:
          UserError: there is no such schedule.
        """
        first = self.optimizer["config"]["learning_rate"]
        if self.schedule == "constant":
            return first
        if self.schedule == "cosine":
            return first * (1 + math.cos(math.pi * epoch / self.epochs)) / 2
        raise UserError(
            f"no learning rate schedule {self.schedule!r}: there is 'constant' and 'cosine'"
        )

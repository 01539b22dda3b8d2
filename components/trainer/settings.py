"""What a Trainer node is told: the settings of one arm, as they travel in `custom_config`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from components.errors import UserError
from components.pictures import PictureFormat
from components.trainer.accelerator import Accelerator


@dataclass(frozen=True)
class TransferSettings:
    """A pretrained backbone, and what is done with it.

    Attributes:
      weights: file of its weights (see `build_resnet50_transfer`), or "" for random ones.
      weights_sha256: of that file, for the cache; "" for random ones.
      upsampling: each pixel becomes upsampling × upsampling pixels.
      feature_cache: whether the head is trained on features that were computed once.
      feature_dtype: "float32" or "float16": how they are stored.
      views: augmented views of each training picture, where the arm augments.
      fine_tune_epochs: passes over the training pictures after the head has converged, with the
        last blocks unfrozen; 0 for none.
      fine_tune_blocks: how many of the backbone's last residual blocks these are.
      fine_tune_learning_rate: the learning rate then.
    """

    weights: str
    weights_sha256: str
    upsampling: int
    feature_cache: bool
    feature_dtype: str
    views: int
    fine_tune_epochs: int
    fine_tune_blocks: int
    fine_tune_learning_rate: float

    @property
    def weights_file(self) -> Path | None:
        """The file of the weights, if there is one."""
        return Path(self.weights) if self.weights else None


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
      loss: name of a Keras loss on probabilities; "categorical_crossentropy" gets labels as
        one-hot vectors, any other as numbers.
      schedule: "constant", or "cosine": the learning rate falls to near 0 over the epochs.
      augment: whether training pictures are augmented by the transform graph.
      seed: of the run: initial weights, order of pictures, augmentation.
      state_dir: where the state after each epoch is kept, so that a run that was killed
        goes on; "" keeps none.
      code: fingerprint of the code that trains, for the cache.
      transfer: the backbone, for a model that builds on one.
      accelerator: what is made of GPUs.
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
    loss: str
    schedule: str
    augment: bool
    seed: int
    state_dir: str
    code: str
    transfer: TransferSettings | None = None
    accelerator: Accelerator = field(default_factory=Accelerator)

    @classmethod
    def of(cls, custom_config: dict[str, Any]) -> TrainerSettings:
        """The settings as `custom_config` holds them: plain data."""
        transfer = custom_config["transfer"]
        nested = {
            "transfer": TransferSettings(**transfer) if transfer else None,
            "accelerator": Accelerator(**custom_config["accelerator"]),
        }
        return cls(**{**custom_config, **nested})

    @property
    def picture_format(self) -> PictureFormat:
        """Of the stored pictures."""
        height, width, channels = self.shape
        return PictureFormat(
            encoded=self.encoded,
            shape=(height, width, channels),
            class_names=tuple(self.class_names),
        )

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

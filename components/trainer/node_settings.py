"""The settings of the nodes that train: an arm's, and what else they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from components.pictures import PictureFormat
from components.settings import Count, NonNegative, settings
from components.trainer.accelerator import Accelerator
from components.trainer.settings import Training, Transfer


@settings
class TransferSettings(Transfer):
    """A backbone with its weights.

    Attributes:
      weights: file of its weights, or "" for random ones.
      weights_sha256: of that file, for the cache; "" for random ones.
    """

    weights: str = ""
    weights_sha256: str = ""

    @property
    def weights_file(self) -> Path | None:
        """The file of the weights, if there is one."""
        return Path(self.weights) if self.weights else None


@settings
class TrainerSettings(Training):
    """What a Trainer node gets.

    Attributes:
      node: the Trainer's name, for progress.
      picture_format: of the stored pictures.
      input_shape: (height, width, channels) of what Transform makes of them, which the model
        takes.
      seed: of the run: initial weights, order of pictures, augmentation.
      state_dir: where the state after each epoch is kept, so that a run that was killed
        goes on; "" keeps none.
      code: fingerprint of the code that trains, for the cache.
      transfer: the backbone, for a model that builds on one.
      accelerator: what is made of GPUs.
      base_model: check sum of the model that it goes on from, for the cache; "" for fresh weights.
      steps_before: that model was trained for.
      environment: variables that change what TensorFlow computes, for the cache, see
        `components.environment`.
    """

    node: str
    picture_format: PictureFormat
    input_shape: tuple[Count, Count, Count]
    seed: NonNegative
    state_dir: str = ""
    code: str = ""
    transfer: TransferSettings | None = None
    accelerator: Accelerator = field(default_factory=Accelerator)
    base_model: str = ""
    steps_before: NonNegative = 0
    environment: Mapping[str, str] = field(default_factory=dict)

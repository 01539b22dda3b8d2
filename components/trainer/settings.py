"""The settings of a training that an experiment's arm has. Imports no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

import pydantic

from components.hints import with_dot
from components.settings import Count, NonNegative, Part, Positive, settings


def _checked_names(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in arguments:
        if not name.isidentifier():
            raise ValueError(f"{name!r} is no name of an argument")
    return arguments


#: A value that JSON and the command line have.
PlainValue = bool | int | float | str
#: Arguments of a function by their names: plain values.
Arguments = Annotated[Mapping[str, PlainValue], pydantic.AfterValidator(_checked_names)]
#: Of arguments, the values that a search tries.
Choices = Annotated[Mapping[str, tuple[PlainValue, ...]], pydantic.AfterValidator(_checked_names)]


@settings
class Optimizer:
    """A Keras optimizer: its class name and the usual settings.

    Attributes:
      name: e.g. "Adam" or "SGD".
      learning_rate: step size.
      momentum: for SGD and RMSprop; left out when 0.
      nesterov: for SGD; left out when False.
      schedule: "constant", or "cosine": the learning rate falls to near 0 over the epochs.
    """

    name: str = "Adam"
    learning_rate: Positive = 0.001
    momentum: Part = 0.0
    nesterov: bool = False
    schedule: Literal["constant", "cosine"] = "constant"

    def as_keras(self) -> dict[str, Any]:
        """As `keras.optimizers.get` takes it."""
        config: dict[str, Any] = {"learning_rate": self.learning_rate}
        if self.momentum:
            config["momentum"] = self.momentum
        if self.nesterov:
            config["nesterov"] = True
        return {"class_name": self.name, "config": config}

    def learning_rate_of(self, epoch: int, epochs: int) -> float:
        """The learning rate of an epoch, counted from 0.

        With "cosine", epoch e of n has the first one's times (1 + cos(π · e / n)) / 2, after
        Loshchilov and Hutter, https://arxiv.org/abs/1608.03983, without restarts.
        """
        if self.schedule == "cosine":
            return self.learning_rate * (1 + math.cos(math.pi * epoch / epochs)) / 2
        return self.learning_rate


def _checked_path(path: str) -> str:
    """Refuses what can be no import path, before anything is fetched for it."""
    if ":" in path:
        raise ValueError(with_dot(path))
    if not all(path.split(".")) or "." not in path:
        raise ValueError("must be an import path like package.module.name")
    return path


@settings
class Training:
    """A model and how it is trained.

    Attributes:
      model: import path of a function (input_shape, num_classes) → uncompiled keras.Model
        that gives probabilities.
      arguments: further ones of that function, by their names; see
        `components.trainer.builders`.
      epochs: passes over the training pictures.
      batch_size: pictures per step.
      optimizer: see `Optimizer`.
      loss: a Keras loss on probabilities of one class among several;
        "categorical_crossentropy" gets labels as one-hot vectors.
      augment: whether training pictures are augmented, by the experiment's policy.
    """

    model: Annotated[str, pydantic.AfterValidator(_checked_path)]
    arguments: Arguments = field(default_factory=dict)
    epochs: Count = 10
    batch_size: Count = 128
    optimizer: Optimizer = field(default_factory=Optimizer)
    loss: Literal["sparse_categorical_crossentropy", "categorical_crossentropy"] = (
        "sparse_categorical_crossentropy"
    )
    augment: bool = False


@settings
class Transfer:
    """What is done with a pretrained backbone, which is frozen.

    Attributes:
      upsampling: each pixel becomes upsampling × upsampling pixels.
      feature_cache: whether the backbone is run once over the data and the head trained on what
        it gave, or the whole model is trained.
      feature_dtype: "float32", or "float16" for half the disk.
      views: augmented views of each training picture that are computed, if the arm augments.
      fine_tune_epochs: passes with the backbone's last blocks unfrozen, after the others.
      fine_tune_blocks: how many of its last residual blocks these are.
      fine_tune_learning_rate: the learning rate then.
    """

    upsampling: Count = 7
    feature_cache: bool = True
    feature_dtype: Literal["float32", "float16"] = "float32"
    views: Count = 4
    fine_tune_epochs: NonNegative = 0
    fine_tune_blocks: Count = 3
    fine_tune_learning_rate: Positive = 1e-5

"""What an experiment consists of, as plain data: which data, which baseline, which candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.evaluator.gate import Gate
from components.ingestion.reader import Selection
from components.names import BASELINE, CANDIDATE
from components.trainer.accelerator import Accelerator


@dataclass(frozen=True)
class DataSet:
    """A data set of pictures with labels.

    Attributes:
      title: for people.
      reader: import path of a `components.ingestion.reader.Reader` class.
      class_names: names of the labels 0, 1, …
      shape: (height, width, channels) of every picture; pictures that are stored as files
        of any size are brought to it.
      source: its key in `data/sources.yaml`, or "" for data of your own.
      folder: where your own data lie when `--data` names no folder.
      eval_fraction: share of the training pictures held out as split `eval`, 0 … 1.
      train_limit: use at most this many training pictures; 0 means all.
      test_limit: use at most this many test pictures; 0 means all.
      data_subset: use at most this many training pictures of each class, drawn by a stable
        hash; 0 means all.
      test_fraction: share of each class that is drawn as the test set, by a stable hash,
        where the data set has none of its own, 0 … 1.
      max_broken: the run fails when a larger share of the pictures cannot be used, 0 … 1.
    """

    title: str
    reader: str
    class_names: tuple[str, ...]
    shape: tuple[int, int, int]
    source: str = ""
    folder: str = ""
    eval_fraction: float = 0.1
    train_limit: int = 0
    test_limit: int = 0
    data_subset: int = 0
    test_fraction: float = 0.0
    max_broken: float = 0.05

    @property
    def selection(self) -> Selection:
        """Which of the pictures are used."""
        return Selection(
            train_limit=self.train_limit,
            test_limit=self.test_limit,
            data_subset=self.data_subset,
            test_fraction=self.test_fraction,
        )


@dataclass(frozen=True)
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
    learning_rate: float = 0.001
    momentum: float = 0.0
    nesterov: bool = False
    schedule: str = "constant"

    def as_keras(self) -> dict[str, Any]:
        """As `keras.optimizers.get` takes it."""
        config: dict[str, Any] = {"learning_rate": self.learning_rate}
        if self.momentum:
            config["momentum"] = self.momentum
        if self.nesterov:
            config["nesterov"] = True
        return {"class_name": self.name, "config": config}


@dataclass(frozen=True)
class Arm:
    """One side of the comparison: a model and how it is trained.

    Attributes:
      title: for people, e.g. "MLP + Batch Normalization".
      model: import path of a function (input_shape, num_classes) → uncompiled keras.Model
        that gives probabilities.
      epochs: passes over the training pictures.
      batch_size: pictures per step.
      optimizer: see `Optimizer`.
      loss: name of a Keras loss on probabilities.
      augment: whether training pictures are augmented, by the experiment's policy.
    """

    title: str
    model: str
    epochs: int = 10
    batch_size: int = 128
    optimizer: Optimizer = field(default_factory=Optimizer)
    loss: str = "sparse_categorical_crossentropy"
    augment: bool = False


@dataclass(frozen=True)
class TransferArm(Arm):
    """An arm whose model builds on a pretrained backbone, which is frozen.

    Its `model` takes `upsampling` and `weights` besides, see
    `components.trainer.models.resnet50_transfer`.

    Attributes:
      backbone_weights: "imagenet", "none" (random ones), or a file.
      upsampling: each pixel becomes upsampling × upsampling pixels.
      feature_cache: whether the backbone is run once over the data and the head trained on what
        it gave, or the whole model is trained.
      feature_dtype: "float32", or "float16" for half the disk.
      views: augmented views of each training picture that are computed, if the arm augments.
      fine_tune_epochs: passes with the backbone's last blocks unfrozen, after the others.
      fine_tune_blocks: how many of its last residual blocks these are, 1 … 16.
      fine_tune_learning_rate: the learning rate then.
    """

    backbone_weights: str = "imagenet"
    upsampling: int = 7
    feature_cache: bool = True
    feature_dtype: str = "float32"
    views: int = 4
    fine_tune_epochs: int = 0
    fine_tune_blocks: int = 3
    fine_tune_learning_rate: float = 1e-5


@dataclass(frozen=True)
class Experiment:
    """A question, the data and the two arms that answer it.

    Attributes:
      name: used in paths and commands.
      question: what the comparison answers.
      dataset: see `DataSet`.
      baseline: without the regularization in question.
      candidate: with it.
      gate: see `Gate`.
      augmentation: name of a policy in `components.transform.augmentation`, for arms that
        augment.
      seed: of the run: initial weights, order of pictures, augmentation.
      repeats: how many times each arm is trained, with the seeds seed, seed + 1, …
      robustness_pictures: both models are asked about at most so many corrupted test
        pictures; 0 leaves that out.
      accelerator: what is made of GPUs: `mixed_precision`, `xla`, `multi_gpu`, each "auto", "on"
        or "off".
      with_gpu: settings that are changed where there is a GPU, in the form of `--set`.
    """

    name: str
    question: str
    dataset: DataSet
    baseline: Arm
    candidate: Arm
    gate: Gate
    augmentation: str = ""
    seed: int = 1
    repeats: int = 1
    robustness_pictures: int = 2000
    accelerator: Accelerator = field(default_factory=Accelerator)
    with_gpu: tuple[str, ...] = ()

    @property
    def arms(self) -> dict[str, Arm]:
        """Both arms, by their role."""
        return {BASELINE: self.baseline, CANDIDATE: self.candidate}


def from_plain(plain: Mapping[str, Any]) -> Experiment:
    """The experiment that `dataclasses.asdict`, and JSON after it, made `plain` of."""

    def make(kind: type, values: Mapping[str, Any]) -> Any:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    def arm(values: Mapping[str, Any]) -> Arm:
        kind = TransferArm if "backbone_weights" in values else Arm
        return make(kind, {**values, "optimizer": make(Optimizer, values["optimizer"])})

    return make(
        Experiment,
        {
            **plain,
            "dataset": make(DataSet, plain["dataset"]),
            "baseline": arm(plain["baseline"]),
            "candidate": arm(plain["candidate"]),
            "gate": make(Gate, plain["gate"]),
            "accelerator": make(Accelerator, plain["accelerator"]),
        },
    )

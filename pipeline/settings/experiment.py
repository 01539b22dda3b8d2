"""What an experiment consists of, as plain data: which data, which baseline, which candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.settings import from_plain as settings_from_plain
from components.trainer.accelerator import Accelerator
from pipeline.datasets.data_set import DataSet


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
      backbone_weights: the name of a description in `data/weights`, "imagenet" for ResNet-50's,
        "none" (random ones), or a file.
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


#: What a gate can go by, see `Gate.kind`.
GATES = ("accuracy", "significance")


@dataclass(frozen=True)
class Gate:
    """What the candidate must reach on split `test` to be blessed (and pushed).

    Attributes:
      min_accuracy: its accuracy, 0 … 1.
      min_improvement: its accuracy minus the baseline's.
      kind: "accuracy": both are asked of the accuracies as measured; "significance": the
        improvement must be shown besides, that is, the lower end of its 95 % interval must
        exceed `min_improvement`.
    """

    min_accuracy: float
    min_improvement: float = 0.0
    kind: str = "accuracy"


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
      robustness_pictures: both models are asked about at most so many test pictures that were
        spoiled, in fifteen ways each; 0 leaves that out.
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
        return {"baseline": self.baseline, "candidate": self.candidate}

    @property
    def backbone_weights(self) -> list[str]:
        """The weights that arms ask for, see `TransferArm.backbone_weights`."""
        return [a.backbone_weights for a in self.arms.values() if isinstance(a, TransferArm)]


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
            "dataset": settings_from_plain(DataSet, plain["dataset"]),
            "baseline": arm(plain["baseline"]),
            "candidate": arm(plain["candidate"]),
            "gate": make(Gate, plain["gate"]),
            "accelerator": make(Accelerator, plain["accelerator"]),
        },
    )

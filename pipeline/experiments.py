"""Experiments: which data, which baseline, which candidate. The built-in ones, and the types.

An experiment is plain data. Add one by making an `Experiment` in a module of your own and
running it by its import path: `python -m pipeline run my_module:MY_EXPERIMENT`.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from components.errors import UserError
from components.ingestion.reader import Selection
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
    `components.trainer.resnet50_transfer`.

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


FASHION_MNIST = DataSet(
    title="Fashion-MNIST",
    reader="components.ingestion.idx_reader.IdxReader",
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    shape=(28, 28, 1),
    source="fashion-mnist",
)

DOGS_VS_CATS = DataSet(
    title="Dogs vs. Cats",
    reader="components.ingestion.image_folder.ImageFolderReader",
    class_names=("cat", "dog"),
    shape=(128, 128, 3),
    source="dogs-vs-cats",
    eval_fraction=0.2,
    data_subset=1000,  # small on purpose, so that regularization shows
    test_fraction=0.25,
)

CIFAR_10 = DataSet(
    title="CIFAR-10",
    reader="components.ingestion.cifar_reader.CifarReader",
    class_names=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    shape=(32, 32, 3),
    source="cifar-10",
)

# As the exercise asks for it.
_NESTEROV = Optimizer(name="SGD", learning_rate=0.01, momentum=0.9, nesterov=True)
_REG_CNN = Arm(
    title="CNN + BN + Dropout",
    model="components.trainer.reg_cnn.build_reg_cnn_model",
    epochs=60,
    batch_size=32,
    optimizer=_NESTEROV,
)

EXPERIMENTS = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            name="mlp-batchnorm",
            question="Does Batch Normalization improve a multilayer perceptron?",
            dataset=FASHION_MNIST,
            # At a constant learning rate the moving averages of Batch Normalization lag behind
            # the weights, and the candidate's test accuracy swings by two points from epoch to
            # epoch. Expected: 0.89 to 0.90 for both, the candidate up to a point ahead.
            baseline=Arm(
                title="MLP",
                model="components.trainer.mlp.build_mlp_model",
                optimizer=Optimizer(schedule="cosine"),
            ),
            candidate=Arm(
                title="MLP + Batch Normalization",
                model="components.trainer.bn_mlp.build_bn_mlp_model",
                optimizer=Optimizer(schedule="cosine"),
            ),
            gate=Gate(min_accuracy=0.8),
            augmentation="fashion",
        ),
        Experiment(
            name="cnn-regularized",
            question="Do Batch Normalization and Dropout improve a CNN trained on few photographs?",
            dataset=DOGS_VS_CATS,
            baseline=replace(_REG_CNN, title="CNN", model="components.trainer.cnn.build_cnn_model"),
            candidate=_REG_CNN,
            gate=Gate(min_accuracy=0.55),
            augmentation="photo",
        ),
        Experiment(
            name="cnn-augmentation",
            question="Does augmentation improve a regularized CNN trained on few photographs?",
            dataset=DOGS_VS_CATS,
            baseline=replace(_REG_CNN, title="Without augmentation"),
            candidate=replace(_REG_CNN, title="With augmentation", augment=True),
            gate=Gate(min_accuracy=0.55),
            augmentation="photo",
        ),
        Experiment(
            name="resnet50-transfer",
            question="Is a frozen ResNet-50 from ImageNet better than a CNN trained from scratch?",
            # A part of the data, for a processor: about 15 pictures a second go through ResNet-50.
            dataset=replace(CIFAR_10, train_limit=2000, test_limit=1000),
            baseline=Arm(
                title="CNN from scratch", model="components.trainer.cnn.build_cnn_model", epochs=20
            ),
            candidate=TransferArm(
                title="Frozen ResNet-50",
                model="components.trainer.resnet50_transfer.build_resnet50_transfer",
                loss="categorical_crossentropy",
            ),
            gate=Gate(min_accuracy=0.3),
            augmentation="photo",
            robustness_pictures=100,
            with_gpu=(
                *("dataset.train_limit=0", "dataset.test_limit=0", "robustness_pictures=2000"),
                *("baseline.epochs=40", "candidate.epochs=30"),
            ),
        ),
    )
}


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


def find_experiment(name: str) -> Experiment:
    """Returns a built-in experiment by name, or one of your own by `module:NAME`.

    Raises:
      UserError: there is none; the text names what there is.
    """
    if ":" in name:
        module_name, _, attribute = name.partition(":")
        try:
            found = getattr(importlib.import_module(module_name), attribute, None)
        except ModuleNotFoundError as error:
            raise UserError(
                f"no module {error.name!r} for {name!r}: check the name, and that its folder "
                "is the current one or on PYTHONPATH"
            ) from error
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise UserError(
                f"{module_name} cannot be imported: {type(error).__name__}: {reason}"
            ) from error
        if not isinstance(found, Experiment):
            raise UserError(f"{module_name} has no Experiment named {attribute!r}")
        return found
    if name not in EXPERIMENTS:
        near = difflib.get_close_matches(name, EXPERIMENTS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(EXPERIMENTS)}"
        raise UserError(f"unknown experiment {name!r}: {hint}")
    return EXPERIMENTS[name]

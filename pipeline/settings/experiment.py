"""What an experiment consists of, as plain data: which data, which baseline, which candidate."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import field
from typing import Annotated, Literal

import pydantic

from components.evaluator.gate import Gate
from components.ingestion.reader import Selection
from components.names import BASELINE, CANDIDATE
from components.settings import TAG, NonNegative, NonNegativeNumber, settings
from components.trainer.accelerator import Accelerator
from components.trainer.settings import Choices, Optimizer, Training, Transfer
from components.tuner.settings import Tuning
from pipeline.datasets.data_set import DataSet

__all__ = [
    "Accelerator",
    "AnyArm",
    "Arm",
    "DataSet",
    "Experiment",
    "Gate",
    "Optimizer",
    "TransferArm",
]

# Also a folder, and part of Kubernetes' names, which have 63 characters at most.
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")


@settings
class Arm(Training):
    """One side of the comparison: a model and how it is trained.

    Attributes:
      type: tells this type from others where an arm is stored.
      title: for people, e.g. "MLP + Batch Normalization".
      choices: of the model's arguments, what a search tries; see `Experiment.tuning`.
    """

    type: Literal["model"] = "model"
    title: str
    choices: Choices = field(default_factory=dict)


@settings
class TransferArm(Training, Transfer):
    """An arm whose model builds on a pretrained backbone, see `components.trainer.transfer`.

    Attributes:
      type: tells this type from others where an arm is stored.
      title: for people.
      backbone_weights: the name of a description in `data/weights`, "imagenet" for ResNet-50's,
        "none" (random ones), or a file.
      choices: of the model's arguments, what a search tries; see `Experiment.tuning`.
    """

    type: Literal["transfer"] = "transfer"
    title: str
    backbone_weights: str = "imagenet"
    choices: Choices = field(default_factory=dict)


#: Any kind of arm.
AnyArm = Arm | TransferArm
_Tagged = Annotated[AnyArm, pydantic.Field(discriminator=TAG)]


def checked_name(name: str) -> str:
    """The name of an experiment or of a study.

    Raises:
      ValueError: it is none.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            "must have 1 to 50 lower-case letters, digits and hyphens, a letter or digit first "
            "and last"
        )
    if name == "studies":
        raise ValueError("is where studies are kept: take another name")
    return name


def _name_or_none(name: str) -> str:
    return name and checked_name(name)


@settings
class Experiment:
    """A question, the data and the two arms that answer it.

    Attributes:
      name: used in paths and commands.
      question: what the comparison answers.
      variant_of: the name of the experiment that it is made of, see `own_pictures`; "" for most.
      dataset: see `DataSet`.
      baseline: without the regularization in question.
      candidate: with it.
      gate: see `Gate`.
      augmentation: name of a policy in `components.transform.augmentation`, for arms that
        augment.
      augmentation_strength: 1 is the policy as it is, 0.5 half as strong, 0 off; see
        `components.transform.operations.Operation.with_strength`.
      seed: of the run: initial weights, order of pictures, augmentation.
      repeats: how many times each arm is trained, with the seeds seed, seed + 1, …
      redraw: whether each repeat has training pictures of its own, those of the draws
        dataset.train_draw, dataset.train_draw + 1, …; the test pictures are the same for all.
      robustness_pictures: both models are asked about at most so many corrupted test
        pictures; 0 leaves that out.
      base_model: id of a finished run whose models the trainings go on from, each arm from its
        own; "" for fresh weights.
      tuning: how each arm's best settings are sought before it is trained, see `Tuning`.
      accelerator: what is made of the machine: `mixed_precision`, `xla`, `multi_gpu`, each "auto",
        "on" or "off"; `threads` of a training.
      with_gpu: settings that are changed where there is a GPU, in the form of `--set`.
    """

    name: Annotated[str, pydantic.AfterValidator(checked_name)]
    question: str
    variant_of: Annotated[str, pydantic.AfterValidator(_name_or_none)] = ""
    dataset: DataSet
    baseline: _Tagged
    candidate: _Tagged
    gate: Gate
    augmentation: str = ""
    augmentation_strength: NonNegativeNumber = 1.0
    seed: NonNegative = 1
    repeats: Annotated[int, pydantic.Field(ge=1, le=100)] = 1
    redraw: bool = False
    robustness_pictures: NonNegative = 2000
    base_model: str = ""
    tuning: Tuning = field(default_factory=Tuning)
    accelerator: Accelerator = field(default_factory=Accelerator)
    with_gpu: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for role, arm in self.arms.items():
            if arm.augment and not self.augmentation:
                raise ValueError(
                    f"{role}.augment needs a policy: set augmentation, e.g. to fashion"
                )
        if self.base_model and self.tuning.trials:
            raise ValueError(
                f"base_model={self.base_model} and tuning: a search is for models that start from "
                "fresh weights; leave out one of the two"
            )
        if self.redraw and self.repeats < 2:
            raise ValueError("redraw needs repeats of at least 2, e.g. --repeats 5")

    @property
    def seeds(self) -> list[int]:
        """The seed of each repeat."""
        return [self.seed + repeat for repeat in range(self.repeats)]

    @property
    def draws(self) -> list[int]:
        """Which draw of training pictures each repeat has, see `Selection.draw`."""
        return [self.selection(repeat).draw_of_training for repeat in range(self.repeats)]

    @property
    def ingestions(self) -> range:
        """The repeats whose pictures are ingested on their own; the others share the first's."""
        return range(self.repeats if self.redraw else 1)

    def selection(self, repeat: int) -> Selection:
        """Which pictures a repeat has: with `redraw`, other ones for training."""
        selection = self.dataset.selection
        further = repeat if self.redraw else 0
        return dataclasses.replace(selection, train_draw=selection.train_draw + further)

    @property
    def arms(self) -> dict[str, AnyArm]:
        """Both arms, by their role."""
        return {BASELINE: self.baseline, CANDIDATE: self.candidate}

    @property
    def backbone_weights(self) -> list[str]:
        """The weights that arms ask for, see `TransferArm.backbone_weights`."""
        arms = self.arms.values()
        return [arm.backbone_weights for arm in arms if isinstance(arm, TransferArm)]

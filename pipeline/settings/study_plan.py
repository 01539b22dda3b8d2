"""What a study will cost: its trainings, without those that points share, and about how long."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass

from components.settings import to_plain
from pipeline.settings.experiment import AnyArm, Experiment
from pipeline.settings.study import Point


@dataclass(frozen=True)
class Plan:
    """What a study will cost.

    Attributes:
      points: how many there are.
      asked: trainings, each point on its own.
      trainings: of these, without those that are the same.
    """

    points: int
    asked: int
    trainings: int

    @property
    def shared(self) -> int:
        """Trainings that are done once for several points."""
        return self.asked - self.trainings


def plan(points: Iterable[Point]) -> Plan:
    """Counts a study's trainings."""
    keys = [list(training_work(point.experiment)) for point in points]
    every = [key for of_point in keys for key in of_point]
    return Plan(len(keys), len(every), len(set(every)))


def training_work(experiment: Experiment) -> dict[str, float]:
    """An experiment's trainings: what tells each from others, and how much work it is.

    The work is pictures × epochs, and so comparable between trainings of like models only. Of data
    that are not limited the number of pictures is not known here: `ALL` stands for it.
    """
    augments = any(arm.augment for arm in experiment.arms.values())
    augmentation = (experiment.augmentation, experiment.augmentation_strength) if augments else ()
    work = {}
    for arm in experiment.arms.values():
        settings = {**to_plain(arm), "title": ""}
        for repeat, seed in enumerate(experiment.seeds):
            selection = experiment.selection(repeat)
            dataset = dataclasses.replace(experiment.dataset, train_draw=selection.train_draw)
            others = [
                to_plain(dataset),
                augmentation,
                to_plain(experiment.accelerator),
                experiment.base_model,
            ]
            key = json.dumps([settings, seed, *others], sort_keys=True)
            work[key] = work_of(experiment, arm)
    return work


#: Training pictures of a data set that is used whole, for an estimate.
ALL = 60_000


def work_of(experiment: Experiment, arm: AnyArm) -> float:
    """Pictures × epochs of one training."""
    dataset = experiment.dataset
    limits = [dataset.train_limit, dataset.data_subset * len(dataset.class_names)]
    pictures = min((limit for limit in limits if limit), default=ALL)
    return float(pictures * arm.epochs)

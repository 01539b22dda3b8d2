"""How many steps a training takes, and whether these are enough: by the number of pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from components.evaluator.learned import steps_to_settle
from pipeline.datasets.data_set import DataSet
from pipeline.settings.experiment import Experiment

# Fewer steps an epoch are few: each epoch ends with nearly the weights that it began with.
_STEPS = 4
#: What a batch size is chosen for, and the smallest one that is chosen.
_GOOD_STEPS, _SMALLEST = 10, 4
# Fewer updates are few for any model that starts from random weights.
_FEW_UPDATES = 150
# With Keras' momentum of BatchNormalization, whose averages need the most of all.
_UPDATES = steps_to_settle(0.99)


def training_pictures(dataset: DataSet, pictures: Mapping[str, int]) -> int:
    """About how many pictures split train has.

    Args:
      dataset: with its limits.
      pictures: of the sources "train" and "test", before any are drawn.
    """
    drawn = 0.0 if pictures["test"] else dataset.test_fraction
    left = round(pictures["train"] * (1 - drawn))
    subset = dataset.data_subset * len(dataset.class_names) or left
    used = min(left, subset, dataset.train_limit or left)
    return max(1, round(used * (1 - dataset.eval_fraction)))


def batch_size_for(pictures: int, at_most: int) -> int:
    """The largest power of two with ten steps an epoch or more.

    It is at least 4, though that may give fewer steps, and at most `at_most`.
    """
    fitting = 2 ** int(math.log2(max(pictures / _GOOD_STEPS, 1)))
    return min(at_most, max(_SMALLEST, fitting))


def few_steps(experiment: Experiment, pictures: Mapping[str, int]) -> list[str]:
    """What is to be known of trainings with few steps, a sentence each; none where they are enough.

    Args:
      experiment: as it is run.
      pictures: see `training_pictures`.
    """
    count = training_pictures(experiment.dataset, pictures)
    alike: dict[tuple[int, int], list[str]] = {}
    for role, arm in experiment.arms.items():
        steps = math.ceil(count / arm.batch_size)
        if steps < _STEPS or steps * arm.epochs < _FEW_UPDATES:
            alike.setdefault((arm.batch_size, arm.epochs), []).append(role)
    return [_sentence(roles, count, *of_arm) for of_arm, roles in alike.items()]


def _sentence(roles: Sequence[str], pictures: int, batch_size: int, epochs: int) -> str:
    steps = math.ceil(pictures / batch_size)
    smaller = batch_size_for(pictures, batch_size)
    enough = math.ceil(_UPDATES / steps)
    change = f"batch_size={smaller}" if smaller < batch_size else f"epochs={enough}"
    return (
        f"{' and '.join(roles)}: batches of {batch_size:,} make of about {pictures:,} training "
        f"pictures {_counted(steps, 'step')} an epoch, {steps * epochs:,} in "
        f"{_counted(epochs, 'epoch')}. That is few (the averages of Batch Normalization, where a "
        f"model has it, need {_UPDATES}): {' '.join(f'--set {role}.{change}' for role in roles)}"
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"

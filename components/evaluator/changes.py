"""What differs between two models beside their accuracy, and what of it is more than chance.

Many figures are looked at, and of many figures some differ by chance. Holm's correction
(`components.evaluator.intervals.holm`) keeps the share of comparisons in which any difference is
named falsely below 5 %.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from components.evaluator.intervals import (
    CONFIDENCE,
    Interval,
    holm,
    mean_interval,
    students_reach,
)
from components.evaluator.measures import calibration, calibration_errors
from components.evaluator.robustness import Robustness
from components.evaluator.significance import correct, cross_entropy

Kind = Literal["class", "corruption", "loss", "calibration", "gap"]

_RESAMPLES = 400
_FEWEST = 5  # pictures of a class, for an interval that means something


@dataclass(frozen=True)
class Change:
    """A figure of both models, the mean over the seeds.

    Attributes:
      kind: "class": accuracy on the test pictures of a class, 0 … 1; "corruption": accuracy on
        corrupted test pictures, 0 … 1; "loss": mean cross-entropy on split test; "calibration":
        expected calibration error, 0 … 1; "gap": accuracy of the finished model on training
        pictures as they are, minus on split test.
      name: of the class or the corruption; "" for the other kinds.
      baseline: the baseline's figure.
      candidate: the candidate's.
      difference: candidate minus baseline.
    """

    kind: Kind
    name: str
    baseline: float
    candidate: float
    difference: Interval

    @property
    def what(self) -> str:
        """The figure, in words."""
        return {
            "class": f"accuracy on pictures of {self.name}",
            "corruption": f"accuracy under {self.name}",
            "loss": "test loss",
            "calibration": "expected calibration error",
            "gap": "generalization gap",
        }[self.kind]

    @property
    def improved(self) -> bool:
        """Whether the candidate's figure is the better one."""
        more_is_better = self.kind in ("class", "corruption")
        return (self.difference.estimate > 0) == more_is_better


def changes_of_predictions(
    labels: np.ndarray, baseline: np.ndarray, candidate: np.ndarray, class_names: Sequence[str]
) -> list[Change]:
    """Accuracy on each class's pictures, loss, and calibration.

    A class of fewer than five pictures is left out.

    Args:
      labels: int [pictures].
      baseline: probabilities, float [seeds, pictures, classes].
      candidate: likewise, the seeds in the same order.
      class_names: names of the classes 0, 1, …
    """
    arms = (baseline, candidate)
    right = [np.stack([correct(labels, seed) for seed in arm]).astype(float) for arm in arms]
    losses = [np.stack([cross_entropy(labels, seed) for seed in arm]) for arm in arms]
    of_classes = [
        _mean_change("class", name, *(of_arm[:, labels == label] for of_arm in right))
        for label, name in enumerate(class_names)
        if (labels == label).sum() >= _FEWEST
    ]
    return [
        *of_classes,
        _mean_change("loss", "", *losses),
        _calibration_change(labels, baseline, candidate),
    ]


def changes_of_robustness(robustness: Robustness) -> list[Change]:
    """Accuracy under each corruption at each severity; of the first seed."""
    return [
        Change(
            "corruption",
            f"{row.corruption}, severity {row.severity}",
            row.baseline_accuracy,
            row.candidate_accuracy,
            row.difference,
        )
        for row in robustness.rows
    ]


def gap_change(
    train: tuple[Sequence[float], Sequence[float]],
    test: tuple[Sequence[float], Sequence[float]],
    pictures: int,
    test_difference: Interval,
) -> Change:
    """The generalization gap's change: that of the training accuracy minus that of the test's.

    The two intervals are put together as Zou and Donner do (Construction of confidence limits
    about effect measures, Statistics in Medicine 27, 2008). Of training pictures only the
    accuracies are kept: both models' are taken as independent, which makes the interval wider.

    Args:
      train: accuracies of baseline and candidate on training pictures, 0 … 1, a seed each.
      test: likewise on split test.
      pictures: number of training pictures.
      test_difference: of the test accuracies, candidate minus baseline.
    """
    baseline, candidate = (np.mean(t) - np.mean(s) for t, s in zip(train, test, strict=True))
    by_seed = np.subtract(train[1], train[0])
    of_pictures = sum(float(np.mean(arm) * (1 - np.mean(arm))) for arm in train) / pictures
    error, freedom = _with_seeds(of_pictures, by_seed)
    reach = students_reach(error, freedom)
    estimate = float(candidate - baseline)
    below = test_difference.high - test_difference.estimate
    above = test_difference.estimate - test_difference.low
    low, high = estimate - float(np.hypot(reach, below)), estimate + float(np.hypot(reach, above))
    return Change("gap", "", float(baseline), float(candidate), _interval(estimate, low, high))


def standing(changes: Sequence[Change]) -> list[Change]:
    """The changes that stand after Holm's correction, the clearest first."""
    stood = holm([change.difference.p for change in changes])
    return sorted(itertools.compress(changes, stood), key=_unclear)


def _unclear(change: Change) -> tuple[float, float]:
    """Sorts the clearest first, also where p-values are too small to tell apart."""
    difference = change.difference
    width = difference.high - difference.low
    return difference.p, -abs(difference.estimate) / width if width else 0.0


def _mean_change(kind: Kind, name: str, baseline: np.ndarray, candidate: np.ndarray) -> Change:
    """Of figures of each picture, float [seeds, pictures]."""
    difference = mean_interval(candidate - baseline)
    return Change(kind, name, float(baseline.mean()), float(candidate.mean()), difference)


def _calibration_change(labels: np.ndarray, baseline: np.ndarray, candidate: np.ndarray) -> Change:
    """The standard error is a bootstrap's over the pictures, the same for both models."""
    random = np.random.default_rng(0)
    count = len(labels)
    weights = random.multinomial(count, np.full(count, 1 / count), size=_RESAMPLES)
    arms = (baseline, candidate)
    errors = [[calibration(labels, seed).error for seed in arm] for arm in arms]
    drawn = [
        np.mean([calibration_errors(labels, seed, weights) for seed in arm], axis=0) for arm in arms
    ]
    of_pictures = float(np.var(drawn[1] - drawn[0], ddof=1))
    error, freedom = _with_seeds(of_pictures, np.subtract(errors[1], errors[0]))
    reach = students_reach(error, freedom)
    before, after = (float(np.mean(of_arm)) for of_arm in errors)
    estimate = after - before
    interval = _interval(estimate, estimate - reach, estimate + reach)
    return Change("calibration", "", before, after, interval)


def _with_seeds(of_pictures: float, by_seed: np.ndarray) -> tuple[float, float]:
    """Standard error and degrees of freedom (Satterthwaite) of a mean over pictures and seeds.

    Args:
      of_pictures: the variance of the mean that other pictures would make.
      by_seed: the seeds' differences, float [seeds].
    """
    seeds = len(by_seed)
    if seeds < 2 or np.ptp(by_seed) == 0:
        return float(np.sqrt(of_pictures)), float("inf")
    of_seeds = float(np.var(by_seed, ddof=1)) / seeds
    together = of_pictures + of_seeds
    return float(np.sqrt(together)), (seeds - 1) * (together / of_seeds) ** 2


def _interval(estimate: float, low: float, high: float) -> Interval:
    """An interval with the p-value of a normal estimate whose interval this is."""
    reach = estimate - low if estimate > 0 else high - estimate
    z = abs(estimate) / reach * float(scipy.special.ndtri((1 + CONFIDENCE) / 2)) if reach else 0.0
    p = 2 * float(scipy.special.ndtr(-z)) if reach or not estimate else 0.0
    return Interval(estimate, low, high, p)

"""Is the difference between two models real, or chance? Pure arithmetic on their predictions.

Two things make a difference uncertain, and each gets an interval of its own:
- which pictures happen to be in the test set: a paired bootstrap over the pictures (Efron and
  Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13), and McNemar's exact test
  (McNemar, Psychometrika 12, 1947), as Dietterich recommends for two classifiers on one test
  set (Neural Computation 10, 1998);
- which seed happened to be trained with: Student's interval over the seeds' differences, where
  there are at least two.

A difference counts as shown only where both intervals leave out zero.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

BETTER, WORSE, NOT_SHOWN = "better", "worse", "no difference shown"

CONFIDENCE = 0.95
_POWER = 0.8
_RESAMPLES = 9_999
_BATCH = 200  # resamples at a time, for memory
_FLOOR = 1e-7  # of a probability, as Keras clips it


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval."""

    estimate: float
    low: float
    high: float

    @property
    def leaves_out_zero(self) -> bool:
        """Whether a difference of zero is outside."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Significance:
    """What two models' predictions on the same test pictures tell. Candidate minus baseline.

    Attributes:
      conclusion: "better", "worse" or "no difference shown", by accuracy.
      accuracy: difference of the accuracies, mean over the seeds, with the interval over
        pictures.
      loss: likewise of the mean cross-entropies.
      seeds_accuracy: the same difference with the interval over seeds; None for one seed.
      seeds_loss: likewise.
      lower_end: what the accuracy difference exceeds by both intervals.
      mcnemar_p: p-value of McNemar's exact test for each seed.
      only_baseline_right: for each seed, test pictures that only the baseline got right.
      only_candidate_right: likewise the candidate.
      minimum_detectable_effect: the smallest true difference of accuracies that a test set like
        this one would show with a probability of 80 %.
      pictures: number of test pictures.
      baseline_accuracy: the baseline's accuracy for each seed.
      candidate_accuracy: the candidate's.
    """

    conclusion: str
    accuracy: Interval
    loss: Interval
    seeds_accuracy: Interval | None
    seeds_loss: Interval | None
    lower_end: float
    mcnemar_p: list[float]
    only_baseline_right: list[int]
    only_candidate_right: list[int]
    minimum_detectable_effect: float
    pictures: int
    baseline_accuracy: list[float]
    candidate_accuracy: list[float]

    def to_dict(self) -> dict[str, Any]:
        """As JSON's types."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Significance:
        """What `to_dict` gave."""
        names = ("accuracy", "loss", "seeds_accuracy", "seeds_loss")
        intervals = {name: Interval(**values[name]) if values[name] else None for name in names}
        return cls(**{**values, **intervals})


def compare(
    labels: np.ndarray, baseline: Sequence[np.ndarray], candidate: Sequence[np.ndarray]
) -> Significance:
    """Compares two models, each trained with the same seeds.

    Args:
      labels: int [pictures].
      baseline: for each seed the probabilities, float [pictures, classes].
      candidate: likewise, the seeds in the same order.

    Raises:
      ValueError: there are fewer than two pictures, or the shapes do not fit together.
    """
    if len(labels) < 2 or len(baseline) != len(candidate) or not baseline:
        raise ValueError("two pictures and one seed are needed, and as many seeds for both models")
    arms = (baseline, candidate)
    right = [np.stack([correct(labels, of_seed) for of_seed in arm]) for arm in arms]
    losses = [np.stack([cross_entropy(labels, of_seed) for of_seed in arm]) for arm in arms]
    accuracy_by_seed = right[1].astype(float) - right[0]  # [seeds, pictures]
    loss_by_seed = losses[1] - losses[0]
    accuracy = bootstrap_interval(accuracy_by_seed.mean(axis=0))
    seeds_accuracy = student_interval(accuracy_by_seed.mean(axis=1))
    intervals = [accuracy] + ([seeds_accuracy] if seeds_accuracy else [])
    if all(interval.low > 0 for interval in intervals):
        conclusion = BETTER
    elif all(interval.high < 0 for interval in intervals):
        conclusion = WORSE
    else:
        conclusion = NOT_SHOWN
    only_baseline = (right[0] & ~right[1]).sum(axis=1)
    only_candidate = (right[1] & ~right[0]).sum(axis=1)
    return Significance(
        conclusion=conclusion,
        accuracy=accuracy,
        loss=bootstrap_interval(loss_by_seed.mean(axis=0)),
        seeds_accuracy=seeds_accuracy,
        seeds_loss=student_interval(loss_by_seed.mean(axis=1)),
        lower_end=min(interval.low for interval in intervals),
        mcnemar_p=[
            mcnemar(int(b), int(c)) for b, c in zip(only_baseline, only_candidate, strict=True)
        ],
        only_baseline_right=[int(count) for count in only_baseline],
        only_candidate_right=[int(count) for count in only_candidate],
        minimum_detectable_effect=minimum_detectable_effect(accuracy_by_seed.mean(axis=0)),
        pictures=len(labels),
        baseline_accuracy=[float(share) for share in right[0].mean(axis=1)],
        candidate_accuracy=[float(share) for share in right[1].mean(axis=1)],
    )


def correct(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Which pictures a model got right: bool [pictures]."""
    return probabilities.argmax(axis=1) == labels


def cross_entropy(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Each picture's cross-entropy, float64 [pictures], as Keras clips it."""
    of_label = probabilities[np.arange(len(labels)), labels].astype(float)
    return -np.log(np.clip(of_label, _FLOOR, 1 - _FLOOR))


def bootstrap_interval(differences: np.ndarray) -> Interval:
    """The mean of differences, float [pictures], with its interval by the percentile bootstrap.

    The draws are seeded: the same differences give the same interval.
    """
    estimate = float(differences.mean())
    if np.ptp(differences) == 0:  # nothing to draw from
        return Interval(estimate, estimate, estimate)
    drawn: Any = stats.bootstrap(
        (differences,),
        np.mean,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        confidence_level=CONFIDENCE,
        method="percentile",
        random_state=np.random.default_rng(0),
    )
    low, high = drawn.confidence_interval
    return Interval(estimate, float(low), float(high))


def student_interval(differences: np.ndarray) -> Interval | None:
    """The mean of the seeds' differences with Student's interval; None for a single seed."""
    if len(differences) < 2:
        return None
    estimate, error = float(differences.mean()), float(stats.sem(differences))
    reach = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, len(differences) - 1))
    return Interval(estimate, estimate - reach, estimate + reach)


def mcnemar(only_baseline_right: int, only_candidate_right: int) -> float:
    """p-value of McNemar's exact test: a two-sided binomial test of the pictures they differ on."""
    differ = only_baseline_right + only_candidate_right
    return float(stats.binomtest(only_baseline_right, differ).pvalue) if differ else 1.0


def minimum_detectable_effect(differences: np.ndarray) -> float:
    """The smallest true difference that such a test set shows in 80 % of all cases.

    (z₀.₉₇₅ + z₀.₈) · s / √n, the usual normal approximation (Cohen, Statistical Power Analysis,
    1988, 2.4), s the standard deviation of the pictures' differences. Where the models differ
    on no picture, one picture that they differ on is taken.
    """
    count = len(differences)
    spread = max(float(differences.std(ddof=1)), 1 / np.sqrt(count))
    reach = stats.norm.ppf((1 + CONFIDENCE) / 2) + stats.norm.ppf(_POWER)
    return float(reach * spread / np.sqrt(count))

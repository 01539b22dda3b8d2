"""Is the difference between two models real, or chance? Pure arithmetic on their predictions.

One interval for one claim: `components.evaluator.intervals.mean_interval`, for both things that
were drawn, pictures and seeds. A difference counts as shown where it leaves out zero, and as
practically none where all of it lies within the bounds of `Gate.equivalence`: two one-sided tests
(Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987), at 2.5 % each. Where both
hold, the difference is real and too small to matter; the second is then the conclusion.

What explains it stands beside: the interval over pictures for these seeds, the one over seeds for
these pictures, and for each seed McNemar's exact test (McNemar, Psychometrika 12, 1947), as
Dietterich recommends for two classifiers on one test set (Neural Computation 10, 1998).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from components.evaluator.intervals import (
    Interval,
    mean_interval,
    seeds_interval,
    smallest_shown,
)

BETTER, WORSE, NOT_SHOWN = "better", "worse", "no difference shown"
EQUIVALENT, NOT_JUDGED = "practically equal", "not judged"

ACCURACY, BALANCED_ACCURACY = "accuracy", "balanced accuracy"

#: How far from equal classes (0) to a single class (1) the largest class's share may be before the
#: headline goes by balanced accuracy: a share above 0.6 of two classes, above 0.28 of ten.
IMBALANCE = 0.2

_FLOOR = 1e-7  # of a probability, as Keras clips it


@dataclass(frozen=True)
class Significance:
    """What two models' predictions on the same test pictures tell. Candidate minus baseline.

    Accuracies and shares are 0 … 1. Balanced accuracy is the mean of the classes' accuracies
    (Brodersen et al., International Conference on Pattern Recognition, 2010), of the classes that
    have test pictures.

    Attributes:
      conclusion: "better", "worse", "practically equal" or "no difference shown", by `headline`;
        "not judged" where a model did not learn.
      headline_metric: "accuracy", or "balanced accuracy" where a class holds too many pictures
        (`IMBALANCE`).
      equivalence: differences up to this are practically none, see `Gate.equivalence`.
      accuracy: difference of the accuracies, mean over the seeds, with its interval for other
        pictures and other seeds; for one seed, for other pictures.
      balanced_accuracy: likewise of the balanced accuracies.
      loss: likewise of the mean cross-entropies.
      over_pictures: the difference of the accuracies with the interval for other pictures and the
        same seeds.
      over_seeds: for other seeds and the same pictures; None for one seed.
      mcnemar_p: p-value of McNemar's exact test for each seed.
      only_baseline_right: for each seed, test pictures that only the baseline got right.
      only_candidate_right: likewise the candidate.
      identical_answers: whether both models name the same class for every picture, by every seed.
      minimum_detectable_effect: the smallest true difference, of what the headline goes by, that a
        test set and seeds like these would show with a probability of 80 %.
      pictures: number of test pictures.
      majority_share: share of the test pictures that are of the most frequent class.
      baseline_accuracy: the baseline's accuracy for each seed.
      candidate_accuracy: the candidate's.
      baseline_balanced_accuracy: the baseline's balanced accuracy for each seed.
      candidate_balanced_accuracy: the candidate's.
    """

    conclusion: str
    headline_metric: str
    equivalence: float
    accuracy: Interval
    balanced_accuracy: Interval
    loss: Interval
    over_pictures: Interval
    over_seeds: Interval | None
    mcnemar_p: list[float]
    only_baseline_right: list[int]
    only_candidate_right: list[int]
    identical_answers: bool
    minimum_detectable_effect: float
    pictures: int
    majority_share: float
    baseline_accuracy: list[float]
    candidate_accuracy: list[float]
    baseline_balanced_accuracy: list[float]
    candidate_balanced_accuracy: list[float]

    @property
    def headline(self) -> Interval:
        """What the conclusion and the gate go by."""
        by_accuracy = self.headline_metric == ACCURACY
        return self.accuracy if by_accuracy else self.balanced_accuracy

    @property
    def headline_scores(self) -> tuple[float, float]:
        """What the headline is the difference of: the baseline's and the candidate's mean."""
        baseline, candidate = (sum(scores) / len(scores) for scores in self.scores_by_seed)
        return baseline, candidate

    @property
    def scores_by_seed(self) -> tuple[list[float], list[float]]:
        """The same, of each seed."""
        if self.headline_metric == BALANCED_ACCURACY:
            return self.baseline_balanced_accuracy, self.candidate_balanced_accuracy
        return self.baseline_accuracy, self.candidate_accuracy

    def to_dict(self) -> dict[str, Any]:
        """As JSON's types."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Significance:
        """What `to_dict` gave."""
        names = ("accuracy", "balanced_accuracy", "loss", "over_pictures", "over_seeds")
        intervals = {name: Interval(**values[name]) if values[name] else None for name in names}
        return cls(**{**values, **intervals})


def compare(
    labels: np.ndarray,
    baseline: Sequence[np.ndarray],
    candidate: Sequence[np.ndarray],
    *,
    equivalence: float,
) -> Significance:
    """Compares two models, each trained with the same seeds.

    Args:
      labels: int [pictures].
      baseline: for each seed the probabilities, float [pictures, classes].
      candidate: likewise, the seeds in the same order.
      equivalence: differences of accuracy, 0 … 1, up to this are practically none.

    Raises:
      ValueError: there are fewer than two pictures, or the shapes do not fit together.
    """
    if len(labels) < 2 or len(baseline) != len(candidate) or not baseline:
        raise ValueError("two pictures and one seed are needed, and as many seeds for both models")
    arms = (baseline, candidate)
    right = [np.stack([correct(labels, of_seed) for of_seed in arm]) for arm in arms]
    losses = [np.stack([cross_entropy(labels, of_seed) for of_seed in arm]) for arm in arms]
    differences = right[1].astype(float) - right[0]  # [seeds, pictures]
    weights = class_weights(labels)
    majority = float(np.bincount(labels).max() / len(labels))
    imbalanced = is_imbalanced(majority, baseline[0].shape[1])
    accuracy, balanced = mean_interval(differences), mean_interval(differences, weights)
    only_baseline = (right[0] & ~right[1]).sum(axis=1)
    only_candidate = (right[1] & ~right[0]).sum(axis=1)
    return Significance(
        conclusion=conclude(balanced if imbalanced else accuracy, equivalence),
        headline_metric=BALANCED_ACCURACY if imbalanced else ACCURACY,
        equivalence=equivalence,
        accuracy=accuracy,
        balanced_accuracy=balanced,
        loss=mean_interval(losses[1] - losses[0]),
        over_pictures=mean_interval(differences.mean(axis=0, keepdims=True)),
        over_seeds=seeds_interval(differences.mean(axis=1)),
        mcnemar_p=[
            mcnemar(int(b), int(c)) for b, c in zip(only_baseline, only_candidate, strict=True)
        ],
        only_baseline_right=[int(count) for count in only_baseline],
        only_candidate_right=[int(count) for count in only_candidate],
        identical_answers=all(
            np.array_equal(one.argmax(axis=1), other.argmax(axis=1))
            for one, other in zip(baseline, candidate, strict=True)
        ),
        minimum_detectable_effect=smallest_shown(differences, weights if imbalanced else None),
        pictures=len(labels),
        majority_share=majority,
        baseline_accuracy=[float(share) for share in right[0].mean(axis=1)],
        candidate_accuracy=[float(share) for share in right[1].mean(axis=1)],
        baseline_balanced_accuracy=[float(share) for share in right[0] @ weights],
        candidate_balanced_accuracy=[float(share) for share in right[1] @ weights],
    )


def conclude(difference: Interval, equivalence: float) -> str:
    """The conclusion from one interval. Within ± `equivalence` comes first."""
    if difference.lies_within(equivalence):
        return EQUIVALENT
    if not difference.leaves_out_zero:
        return NOT_SHOWN
    return BETTER if difference.low > 0 else WORSE


def class_weights(labels: np.ndarray) -> np.ndarray:
    """What each picture counts in balanced accuracy: float [pictures], sum 1."""
    counts = np.bincount(labels)
    return 1 / (np.count_nonzero(counts) * counts[labels])


def is_imbalanced(majority_share: float, classes: int) -> bool:
    """Whether the most frequent class holds so much that accuracy misleads, see `IMBALANCE`."""
    equal = 1 / classes
    return majority_share - equal > IMBALANCE * (1 - equal)


def correct(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Which pictures a model got right: bool [pictures]."""
    return probabilities.argmax(axis=1) == labels


def cross_entropy(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Each picture's cross-entropy, float64 [pictures], as Keras clips it."""
    of_label = probabilities[np.arange(len(labels)), labels].astype(float)
    return -np.log(np.clip(of_label, _FLOOR, 1 - _FLOOR))


def mcnemar(only_baseline_right: int, only_candidate_right: int) -> float:
    """p-value of McNemar's exact test: a two-sided binomial test of the pictures they differ on."""
    differ = only_baseline_right + only_candidate_right
    fewer = min(only_baseline_right, only_candidate_right)
    return min(1.0, 2 * float(scipy.special.bdtr(fewer, differ, 0.5)))

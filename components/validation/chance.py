"""How far apart two splits may be by chance, where pictures were divided fairly.

All checks of a run together raise a false alarm in at most `FALSE_ALARMS` of fair draws: each of
the `_CHECKS` has its part of that (Bonferroni), and a check of every class divides its part among
the classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special, stats

#: Of all fair draws, at most this share fails; for all checks of a run together.
FALSE_ALARMS = 0.001

_CHECKS = 4  # shares of classes, brightness, a class that is absent from eval, one from test
_OF_A_CHECK = FALSE_ALARMS / _CHECKS

_BUCKETS = 10  # of TensorFlow Data Validation's histograms
_SIMULATIONS = 500
_SIMULATED_PICTURES = 2_000  # of a split, at most: what chance does to larger ones is less


class Histogram(NamedTuple):
    """Numbers, counted in buckets.

    Attributes:
      low: of each bucket, float [buckets].
      high: likewise.
      counts: likewise.
    """

    low: np.ndarray
    high: np.ndarray
    counts: np.ndarray


def label_distance(train: Sequence[int], test: Sequence[int]) -> float:
    """The largest difference of a class's share between two splits that a fair draw may show.

    Where the pictures of both splits were divided at random, a class's pictures in one of them
    follow the hypergeometric distribution (Fisher's exact test, 1935): exact for any number of
    pictures. The classes divide the rate of false alarms among them (Bonferroni).

    Args:
      train: pictures of each class.
      test: likewise.
    """
    of_train, of_test = sum(train), sum(test)
    tail = _OF_A_CHECK / len(train) / 2
    largest = 0.0
    for of_class in {one + other for one, other in zip(train, test, strict=True)}:
        first, last = max(0, of_class - of_train), min(of_class, of_test)
        in_test = np.arange(first, last + 1)
        chances = _hypergeometric(in_test, of_train + of_test, of_class, of_test)
        low = in_test[np.searchsorted(np.cumsum(chances), tail)]
        high = in_test[::-1][np.searchsorted(np.cumsum(chances[::-1]), tail)]
        for drawn in (low, high):
            distance = drawn / of_test - (of_class - drawn) / of_train
            largest = max(largest, abs(float(distance)))
    return largest


def _hypergeometric(drawn: np.ndarray, pictures: int, of_class: int, draws: int) -> np.ndarray:
    """The chance of so many of a class among the draws; SciPy's own takes 1,000 times as long."""

    def ways(n: np.ndarray | int, k: np.ndarray | int) -> np.ndarray:
        """The logarithm of how many ways there are to choose k of n."""
        return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)

    of_others = ways(pictures - of_class, draws - drawn)
    return np.exp(ways(of_class, drawn) + of_others - ways(pictures, draws))


def may_lack_a_class(in_train: int, train: int, pictures: int, classes: int) -> bool:
    """Whether a fair draw may leave a split without any picture of a class.

    Args:
      in_train: pictures of the class in split `train`.
      train: all pictures there.
      pictures: in the split that has none of the class.
      classes: number of classes.
    """
    chance = stats.hypergeom.pmf(0, train + pictures, in_train, pictures)
    return bool(chance > _OF_A_CHECK / classes)


def brightness_divergence(train: Histogram, test: Histogram) -> float:
    """The largest Jensen-Shannon divergence of two splits that a fair draw may show, 0 … 1.

    The divergence follows no known distribution here: the histograms' buckets depend on each
    split's smallest and largest number. So fair draws are simulated from both splits together,
    and the Beta distribution with their mean and variance gives the far quantile, as Pearson's
    curves do for permutation tests (Mielke and Berry, "Permutation Methods", 2007).

    Args:
      train: brightness of its pictures.
      test: likewise.
    """
    sizes = [min(_SIMULATED_PICTURES, int(split.counts.sum())) for split in (train, test)]
    pooled = Histogram(*map(np.concatenate, zip(train, test, strict=True)))
    share = pooled.counts / pooled.counts.sum()
    rng = np.random.default_rng(0)  # the same splits have the same threshold in every run
    buckets = rng.choice(len(share), (_SIMULATIONS, sum(sizes)), p=share)
    brightness = rng.uniform(pooled.low[buckets], pooled.high[buckets])
    drawn = [divergence(row[: sizes[0]], row[sizes[0] :]) for row in brightness]
    mean, variance = float(np.mean(drawn)), float(np.var(drawn))
    if variance < 1e-12:  # too few pictures, or all of one brightness: every draw is the same
        return mean
    precision = mean * (1 - mean) / variance - 1
    return float(stats.beta.isf(_OF_A_CHECK, mean * precision, (1 - mean) * precision))


def divergence(one: np.ndarray, other: np.ndarray) -> float:
    """Jensen-Shannon divergence, base 2, of numbers as TensorFlow Data Validation computes it.

    Each side has ten buckets of equal width from its smallest to its largest number. They are cut
    at the other's bounds, as if the numbers were spread evenly in each (its `metrics.cc`).

    Args:
      one: float [n].
      other: float [m].
    """
    if one.min() == one.max() or other.min() == other.max():
        return float(one.min() != other.min() or one.max() != other.max())
    counted = [np.histogram(side, _BUCKETS) for side in (one, other)]
    bounds = np.unique(np.concatenate([edges for _, edges in counted]))
    p, q = (
        np.diff(np.interp(bounds, edges, np.append(0, np.cumsum(counts)) / counts.sum()))
        for counts, edges in counted
    )
    return sum(_to_middle(side, (p + q) / 2) for side in (p, q)) / 2


def _to_middle(side: np.ndarray, middle: np.ndarray) -> float:
    held = side > 0
    return float(np.sum(side[held] * np.log2(side[held] / middle[held])))

"""One 95 % interval of a mean difference, for both things that were drawn: pictures and seeds.

Model of the differences (two crossed random effects, one value a cell):

    D[s, p] = mean + seed[s] + picture[p] + rest[s, p]

The variance of the mean is the sum of a seeds' part and a pictures' part, estimated from the
two-way mean squares (Searle, Casella and McCulloch, Variance Components, 1992, chapter 4), with
a sum over pictures that need not spread alike or weigh alike (the two-way clustered variance of
Cameron, Gelbach and Miller, Journal of Business & Economic Statistics 29, 2011):

    seeds    = variance of the seeds' means / seeds         (holds the rest's share, too)
    pictures = variance of the pictures' means / pictures − the rest's share

Few seeds tell little about their part, many pictures much about theirs. The critical value is
therefore the mean of Student's two, each weighted by its part of the variance (Cochran and Cox,
Experimental Designs, 1950, 4.14). Satterthwaite's degrees of freedom, the usual choice, covered
the truth in only 0.88 of simulated cases with two seeds and many pictures.

Where models answer alike on almost every picture, the spread that is seen is too small by luck. As
Bonett and Price do for paired shares (Journal of Educational and Behavioral Statistics 37, 2012),
two pictures are added, one that speaks for either side. They deviate by as much as the pictures
that make up the variance; by 1, a whole picture, where no picture deviates; and they are of the
heaviest weight. So the interval never has the width zero.

With one seed the interval is over pictures only: it is about these two trained models.
`benchmarks/coverage.py` measures how often the interval covers the truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported where they are used first

CONFIDENCE = 0.95
_POWER = 0.8
_SMALLEST_P = 1e-15


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval.

    Attributes:
      estimate: the mean difference.
      low: lower end.
      high: upper end.
      p: two-sided p-value of «the true difference is zero»; below 0.05 exactly where the interval
        leaves out zero.
    """

    estimate: float
    low: float
    high: float
    p: float

    @property
    def leaves_out_zero(self) -> bool:
        """Whether a difference of zero is outside."""
        return self.low > 0 or self.high < 0

    def lies_within(self, bound: float) -> bool:
        """Whether all of it is from −bound to bound."""
        return -bound <= self.low and self.high <= bound


@dataclass(frozen=True)
class _Spread:
    """The variance of a mean: two parts, each with the degrees of freedom of its estimate."""

    seeds: float
    pictures: float
    seeds_freedom: float
    pictures_freedom: float

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return math.sqrt(self.seeds + self.pictures)

    def quantile(self, probability: float) -> float:
        """Cochran and Cox's: Student's two quantiles, weighted by the parts of the variance."""
        of_pictures = float(scipy.special.stdtrit(self.pictures_freedom, probability))
        if not self.seeds:
            return of_pictures
        share = self.seeds / (self.seeds + self.pictures)
        of_seeds = float(scipy.special.stdtrit(self.seeds_freedom, probability))
        return share * of_seeds + (1 - share) * of_pictures

    def p_value(self, ratio: float) -> float:
        """Two-sided p-value of a mean of `ratio` standard errors: inverse of `quantile`."""

        def excess(logarithm: float) -> float:
            # By symmetry: the lower quantile keeps its digits where the upper one has none.
            return -self.quantile(math.exp(logarithm) / 2) - abs(ratio)

        smallest = math.log(_SMALLEST_P)
        if ratio == 0:
            return 1.0
        if excess(smallest) <= 0:
            return _SMALLEST_P
        return math.exp(scipy.optimize.brentq(excess, smallest, 0.0, xtol=1e-13))


def students_reach(error: float, freedom: float) -> float:
    """Half the width of Student's interval.

    Args:
      error: standard error of the estimate.
      freedom: its degrees of freedom.
    """
    return error * float(scipy.special.stdtrit(freedom, (1 + CONFIDENCE) / 2))


def mean_interval(differences: np.ndarray, weights: np.ndarray | None = None) -> Interval:
    """The mean of differences with its interval for other pictures and other seeds.

    Args:
      differences: float [seeds, pictures], candidate minus baseline.
      weights: float [pictures], sum 1, what each picture counts; None: all the same.

    Raises:
      ValueError: there are fewer than two pictures, or no seed.
    """
    weights = _weights(differences, weights)
    estimate, spread = float((differences @ weights).mean()), _spread(differences, weights)
    reach = spread.error * spread.quantile((1 + CONFIDENCE) / 2)
    p = spread.p_value(estimate / spread.error)
    return Interval(estimate, estimate - reach, estimate + reach, p)


def holm(p_values: Sequence[float]) -> list[bool]:
    """Which of several hypotheses are refused, so that a true one is refused in 5 % at most.

    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6, 1979.
    """
    refused = [False] * len(p_values)
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[index] > (1 - CONFIDENCE) / (len(p_values) - place):
            break
        refused[index] = True
    return refused


def smallest_shown(differences: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The smallest true difference whose `mean_interval` leaves out zero in 80 % of all cases.

    (q₀.₉₇₅ + q₀.₈) · standard error, q the interval's own quantiles (Cohen, Statistical Power
    Analysis, 1988, 2.4, has it with the normal ones). The error is as uncertain as the seeds are
    few. Arguments and errors as of `mean_interval`.
    """
    spread = _spread(differences, _weights(differences, weights))
    return spread.error * (spread.quantile((1 + CONFIDENCE) / 2) + spread.quantile(_POWER))


def seeds_interval(differences: np.ndarray) -> Interval | None:
    """The mean of the seeds' differences, float [seeds], with Student's interval over seeds only.

    None for a single seed. Seeds that all differ by the same have an interval of width zero.
    """
    freedom = len(differences) - 1
    if not freedom:
        return None
    estimate = float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    reach = students_reach(error, freedom)
    if error:
        p = float(2 * scipy.special.stdtr(freedom, -abs(estimate) / error))
    else:
        p = 0.0 if estimate else 1.0
    return Interval(estimate, estimate - reach, estimate + reach, p)


def _weights(differences: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    seeds, pictures = differences.shape
    if not seeds or pictures < 2:
        raise ValueError("one seed and two pictures are needed")
    return np.full(pictures, 1 / pictures) if weights is None else weights


def _spread(differences: np.ndarray, weights: np.ndarray) -> _Spread:
    seeds = len(differences)
    of_seeds, of_pictures = differences @ weights, differences.mean(axis=0)  # [seeds], [pictures]
    mean = of_seeds.mean()
    squares = weights**2
    # So many pictures of one weight would tell as much about the variance.
    count = float(squares.sum() ** 2 / (squares**2).sum())
    unbiased = count / (count - 1) if count > 1 else 1.0
    deviations = (of_pictures - mean) ** 2
    pictures_part = float(squares @ deviations) * unbiased
    typical = float((deviations**2).sum() / deviations.sum()) if np.ptp(of_pictures) else 1.0
    added = 2 * float(squares.max()) * typical
    seeds_part = 0.0
    if seeds > 1:
        seeds_part = float(of_seeds.var(ddof=1)) / seeds
        of_rest = (differences - of_seeds[:, None]).var(axis=0, ddof=1) / seeds
        pictures_part -= float(squares @ of_rest) * unbiased
    return _Spread(seeds_part, max(pictures_part, 0.0) + added, seeds - 1, max(count - 1, 1.0))

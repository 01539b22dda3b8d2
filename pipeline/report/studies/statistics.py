"""What the points of a study tell together. Pure arithmetic on which pictures were taken right.

Every point's models were asked about the same test pictures. So what is said of several points at
once (where a curve crosses zero, what a part adds) is the mean of a weighted sum of pictures, and
has the interval of one: `components.evaluator.intervals.mean_interval`, for other pictures and
other seeds. That the points share their pictures, and a seed its draw, is in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.evaluator.intervals import Interval, holm, mean_interval
from pipeline.runs.study_result import Crossing, Effect

_STEPS = 16  # places that are looked at between two points
_HALVINGS = 20  # of the way to the end of an interval


def equivalence_p(differences: np.ndarray, bound: float, weights: np.ndarray | None) -> float:
    """Two-sided p-value of «the true difference is beyond ±bound»: of two one-sided tests.

    Below 0.05 exactly where the 95 % interval lies within ±bound. (Schuirmann, see
    `components.evaluator.significance`.)

    Args:
      differences: float [seeds, pictures].
      bound: above 0.
      weights: see `mean_interval`.
    """
    sides = [mean_interval(differences - side, weights) for side in (bound, -bound)]
    inside = sides[0].estimate < 0 < sides[1].estimate
    return max(side.p for side in sides) if inside else 1.0


def crossings(
    places: Sequence[float], differences: Sequence[np.ndarray], weights: np.ndarray | None = None
) -> list[Crossing]:
    """Where a difference that is measured at some places is zero.

    Between two places it is taken to go straight. The interval of a crossing is every place around
    it at which a difference of zero is not refused at 5 % (Fieller, Journal of the Royal
    Statistical Society B 16, 1954, for the zero of a line).

    Args:
      places: at least two, rising.
      differences: at each place, float [seeds, pictures], of the same seeds and pictures.
      weights: see `mean_interval`.
    """
    line = _Line(places, differences, weights)
    estimates = [line.at(place).estimate for place in places]
    found = []
    for left, right in itertools.pairwise(range(len(places))):
        before, after = estimates[left], estimates[right]
        if (before < 0) == (after < 0):
            continue
        share = before / (before - after)
        place = places[left] + share * (places[right] - places[left])
        low, high = line.end(place, -1), line.end(place, +1)
        found.append(Crossing(place, low, high, upwards=after > before))
    return found


@dataclass(frozen=True)
class _Line:
    """The difference between and at the places where it was measured."""

    places: Sequence[float]
    differences: Sequence[np.ndarray]
    weights: np.ndarray | None

    def at(self, place: float) -> Interval:
        """The difference at a place."""
        right = min(max(int(np.searchsorted(self.places, place)), 1), len(self.places) - 1)
        start, end = self.places[right - 1], self.places[right]
        share = (place - start) / (end - start)
        between = (1 - share) * self.differences[right - 1] + share * self.differences[right]
        return mean_interval(between, self.weights)

    def end(self, place: float, direction: int) -> float | None:
        """How far from a place zero is not refused; None where that goes on beyond all places."""
        grid = np.unique(
            np.concatenate(
                [np.linspace(a, b, _STEPS + 1) for a, b in itertools.pairwise(self.places)]
            )
        )
        ahead = grid[grid > place] if direction > 0 else grid[grid < place][::-1]
        inside = place
        for each in ahead:
            if self.at(each).leaves_out_zero:
                return _boundary(lambda x: self.at(x).leaves_out_zero, inside, float(each))
            inside = float(each)
        return None


def _boundary(refused: Callable[[float], bool], inside: float, outside: float) -> float:
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if refused(middle) else (middle, outside)
    return (inside + outside) / 2


def effects(
    parts: Sequence[str], right: Mapping[frozenset[str], np.ndarray], weights: np.ndarray | None
) -> list[Effect]:
    """Main effects and interactions of a 2^k design, the main effects first.

    The standard contrasts (Box, Hunter and Hunter, Statistics for Experimenters, 1978, chapter 10).

    Args:
      parts: names of the k parts.
      right: for each combination of parts in place, the empty one too: whether pictures were taken
        right, 0 or 1, float [seeds, pictures].
      weights: see `mean_interval`.
    """
    contrasts = [
        set(names)
        for size in range(1, len(parts) + 1)
        for names in itertools.combinations(parts, size)
    ]
    scale = 2 ** (len(parts) - 1)
    intervals = []
    for contrast in contrasts:
        total = sum(
            (-1.0) ** len(contrast - in_place) * correct for in_place, correct in right.items()
        )
        intervals.append(mean_interval(np.asarray(total) / scale, weights))
    stands = holm([interval.p for interval in intervals])
    return [
        Effect([part for part in parts if part in contrast], interval, stood)
        for contrast, interval, stood in zip(contrasts, intervals, stands, strict=True)
    ]

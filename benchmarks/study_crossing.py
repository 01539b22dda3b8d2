"""How often the interval of the place where it begins to pay holds the true place, in simulation.

    python -m benchmarks.study_crossing [--repetitions 400]

A made study: at each of several places both arms' models answer the same made test pictures. The
true difference goes straight from −gain to +gain, so the true place is in the middle. A picture is
hard or easy at every place, and a little for one arm; a seed makes a model better or worse; the
rest is chance. For each number of places, seeds and pictures it prints how often a place is named
at all, and of these how often its interval holds the true one. A few minutes on two cores; the
draws are seeded.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from scipy import special

from pipeline.report.studies.statistics import crossings

CASES = (
    (4, 3, 400, 0.03),
    (7, 3, 400, 0.06),
    (7, 3, 2_000, 0.03),
    (7, 3, 10_000, 0.02),
    (7, 5, 10_000, 0.02),
    (5, 2, 2_000, 0.04),
)
_ACCURACY, _SEED_EFFECT, _SHARED, _OWN = 0.8, 0.004, 0.6, 0.15


def simulate(
    places: np.ndarray, gain: float, seeds: int, pictures: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """At each place the differences, float [seeds, pictures].

    A model is right where the sum of normal variables exceeds zero, so that the accuracies
    follow from the normal distribution, as in `benchmarks.coverage`.
    """
    middle = float(special.ndtri(_ACCURACY))
    of_seed = _SEED_EFFECT * math.sqrt(2 * math.pi) * math.exp(middle**2 / 2)
    hardness = rng.normal(0, math.sqrt(_SHARED), pictures)
    hardness = hardness + rng.normal(0, math.sqrt(_OWN), (2, pictures))
    rest = math.sqrt(1 - _SHARED - _OWN)
    differences = []
    for place in places:
        ends = _ACCURACY + gain * place * np.array([-0.5, 0.5])
        offsets = special.ndtri(ends)[:, None] * math.hypot(1, of_seed)
        offsets = offsets + rng.normal(0, of_seed, (2, seeds))
        right = [
            rng.normal(0, rest, (seeds, pictures)) + hardness[arm] > -offsets[arm][:, None]
            for arm in (0, 1)
        ]
        differences.append(right[1].astype(float) - right[0])
    return differences


def covered(
    places: int, seeds: int, pictures: int, gain: float, repetitions: int
) -> tuple[int, int]:
    """In how many studies a place is named, and in how many of these its interval holds the truth.

    Args:
      places: number of points, from −1 to 1; the true place is 0.
      seeds: of each point.
      pictures: of the test set.
      gain: the true difference at the last point, 0 … 1.
      repetitions: number of studies.
    """
    rng = np.random.default_rng([places, seeds, pictures])
    at = np.linspace(-1, 1, places)
    named = holding = 0
    for _ in range(repetitions):
        found = crossings(list(at), simulate(at, gain, seeds, pictures, rng))
        named += bool(found)
        holding += any(
            (crossing.low is None or crossing.low <= 0)
            and (crossing.high is None or crossing.high >= 0)
            for crossing in found
        )
    return named, holding


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="how often the place's interval holds the truth")
    parser.add_argument("--repetitions", type=int, default=400, help="of each case")
    repetitions = parser.parse_args().repetitions
    print(*("points", "seeds", "pictures", "gain", "named", "of these held"), sep=" | ")
    for places, seeds, pictures, gain in CASES:
        named, holding = covered(places, seeds, pictures, gain, repetitions)
        print(
            f"{places} | {seeds} | {pictures:,} | {100 * gain:g} points | {named / repetitions:.3f}"
            f" | {holding / named:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()

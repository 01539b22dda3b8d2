"""How often the interval of a difference covers the truth, in simulation.

    python -m benchmarks.coverage [--repetitions 400]

Pairs of models with known accuracies answer made test sets. A picture is hard or easy for both
arms, and a little for one of them; a seed makes a model as a whole better or worse; the rest is
chance. For each number of seeds and pictures it prints: the share of intervals that cover the
true difference, over all scenarios and in the worst and the best of them; the share of pairs of
alike models that are called better or worse; and the power for a true gain of one point.

With one seed the truth is the difference of these two trained models, as the interval says. Models
of alike arms do then differ, if seeds do, and are called so: the more pictures, the more often.
Where fewer than about ten pictures are answered differently, no interval can meet 95 % exactly:
there it is wide, and covers more. A few minutes on two cores; the draws are seeded.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from components.evaluator.intervals import Interval, mean_interval

SEEDS, PICTURES = (1, 2, 3, 5, 10), (200, 1_000, 2_000, 10_000)


@dataclass(frozen=True)
class Scenario:
    """Two arms of known accuracies.

    Attributes:
      accuracy: the mean of both arms' accuracies, 0 … 1.
      gain: candidate minus baseline.
      seed_effect: standard deviation of one model's accuracy over seeds, for the same pictures.
      shared: share of a picture's hardness that both arms feel, 0 … 1.
      own: share that one arm feels with all seeds; what is left is each trained model's own.
    """

    accuracy: float
    gain: float
    seed_effect: float
    shared: float
    own: float


ALIKE = {
    "alike": Scenario(0.85, 0.0, 0.0, 0.8, 0.0),
    "alike, seeds differ": Scenario(0.85, 0.0, 0.005, 0.8, 0.0),
    "alike, seeds differ much": Scenario(0.70, 0.0, 0.015, 0.7, 0.0),
}
GAIN = {"a gain of one point": Scenario(0.88, 0.01, 0.003, 0.75, 0.1)}
OTHERS = {
    "different models": Scenario(0.75, 0.03, 0.015, 0.6, 0.2),
    "different models, seeds alike": Scenario(0.6, 0.01, 0.0, 0.5, 0.3),
    "few answers differ": Scenario(0.9, 0.003, 0.001, 0.99, 0.005),
}
SCENARIOS = ALIKE | GAIN | OTHERS


def simulate(
    scenario: Scenario, seeds: int, pictures: int, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Differences, float32 [seeds, pictures], and the true mean difference.

    A model is right where the sum of normal variables exceeds zero, so that the accuracies
    follow from the normal distribution.
    """
    rest = 1 - scenario.shared - scenario.own
    ends = scenario.accuracy + scenario.gain * np.array([-0.5, 0.5])
    # What a seed adds, so that the accuracy changes by `seed_effect`: by the normal density.
    middle = float(special.ndtri(scenario.accuracy))
    of_seed = scenario.seed_effect * math.sqrt(2 * math.pi) * math.exp(middle**2 / 2)
    offsets = special.ndtri(ends)[:, None] * math.hypot(1, of_seed)
    offsets = offsets + rng.normal(0, of_seed, (2, seeds))

    def normal(variance: float, *shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32) * np.float32(math.sqrt(variance))

    hardness = normal(scenario.shared, pictures) + normal(scenario.own, 2, pictures)
    right = [
        normal(rest, seeds, pictures) + hardness[arm] > -offsets[arm][:, None].astype(np.float32)
        for arm in (0, 1)
    ]
    of_these = special.ndtr(offsets).mean(axis=1)
    truth = float(of_these[1] - of_these[0]) if seeds == 1 else scenario.gain
    return right[1].astype(np.float32) - right[0], truth


def intervals(
    scenario: Scenario, seeds: int, pictures: int, repetitions: int
) -> Iterator[tuple[Interval, float]]:
    """So many intervals, each with the truth; the same arguments give the same."""
    rng = np.random.default_rng([seeds, pictures])
    for _ in range(repetitions):
        differences, truth = simulate(scenario, seeds, pictures, rng)
        yield mean_interval(differences), truth


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="how often the interval covers the truth")
    parser.add_argument("--repetitions", type=int, default=400, help="of each scenario")
    repetitions = parser.parse_args().repetitions
    print(f"{len(SCENARIOS)} scenarios, {repetitions} repetitions each")
    heads = ("seeds", "pictures", "covered", "worst", "best", "false alarms", "power, +1 point")
    print(*heads, sep=" | ")
    for seeds in SEEDS:
        for pictures in PICTURES:
            covered, shown = {}, {}
            for name, scenario in SCENARIOS.items():
                drawn = list(intervals(scenario, seeds, pictures, repetitions))
                covered[name] = np.mean([each.low <= truth <= each.high for each, truth in drawn])
                shown[name] = np.mean([each.leaves_out_zero for each, _ in drawn])
            shares = list(covered.values())
            cells = [np.mean(shares), min(shares), max(shares)]
            cells += [np.mean([shown[name] for name in ALIKE]), shown[next(iter(GAIN))]]
            texts = [f"{float(cell):.3f}" for cell in cells]
            print(f"{seeds:>2} | {pictures:>6} | {' | '.join(texts)}", flush=True)


if __name__ == "__main__":
    main()

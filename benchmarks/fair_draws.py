"""How often validation calls a fair draw of pictures unfit: it says, at most 1 in 1,000.

    python -m benchmarks.fair_draws [--draws 1000]

Draws labels and brightness of training and test pictures from the same source, and compares them as
ExampleValidator does. Then the same with a skew: one of two classes misses half its test pictures,
test pictures with 30 % more light. Expected: 0 or 1 false alarm in each row; the missing pictures
are noticed from 2,000 / 400 on (98 %), the light from 200 / 50 (97 %).
"""

from __future__ import annotations

import argparse

import numpy as np

from components.validation import chance
from pipeline.datasets.data_set import DataSet

SIZES = ((40, 10), (80, 20), (200, 50), (2_000, 400))


def draw(rng: np.random.Generator, train: int, test: int) -> tuple[np.ndarray, np.ndarray]:
    """Brightness of training and of test pictures, as photographs have it, 0 … 255."""
    brightness = rng.normal(114, 27, train + test).clip(0, 255)
    return brightness[:train], brightness[train:]


def histogram(brightness: np.ndarray) -> chance.Histogram:
    """As TensorFlow Data Validation counts it."""
    counts, bounds = np.histogram(brightness, 10)
    return chance.Histogram(bounds[:-1], bounds[1:], counts)


def false_alarms(
    train: int, test: int, *, draws: int, classes: int, kept: float = 1.0, light: float = 1.0
) -> tuple[int, int]:
    """How many draws fail, by their labels and by their brightness.

    Args:
      train: training pictures.
      test: test pictures.
      draws: how many.
      classes: all as frequent.
      kept: share of the test pictures of the first class that are kept.
      light: test pictures are so much brighter.
    """
    rng = np.random.default_rng(train)
    by_labels = by_brightness = 0
    near = 0.8 * chance.brightness_divergence(*map(histogram, draw(rng, train, test)))
    shares = np.array([kept] + [1.0] * (classes - 1))
    for _ in range(draws):
        of_train = np.bincount(rng.integers(0, classes, train), minlength=classes)
        of_test = rng.multinomial(test, shares / shares.sum())
        distance = np.abs(of_train / train - of_test / test).max()
        limit = chance.label_distance(of_train.tolist(), of_test.tolist())
        by_labels += distance > max(DataSet.max_label_skew, limit)
        one, other = draw(rng, train, test)
        other = (light * other).clip(0, 255)
        divergence = chance.divergence(one, other)
        # The limits of draws of one size are alike: most draws are far below any.
        if divergence > max(DataSet.max_brightness_skew, near):
            limit = chance.brightness_divergence(histogram(one), histogram(other))
            by_brightness += divergence > limit
    return int(by_labels), int(by_brightness)


def main() -> None:
    """Prints a row for each size."""
    parser = argparse.ArgumentParser(description="false alarms of validation")
    parser.add_argument("--draws", type=int, default=1000)
    draws = parser.parse_args().draws
    print(f"of {draws:,} draws fail by     labels  brightness | half a class missing, 30 % light")
    for train, test in SIZES:
        fair = false_alarms(train, test, draws=draws, classes=2)
        few = max(1, draws // 10)
        skewed = false_alarms(train, test, draws=few, classes=2, kept=0.5, light=1.3)
        shares = "{:19.0%} {:11.0%}".format(*(count / few for count in skewed))
        print(f"{train:6,} / {test:4,} pictures {fair[0]:15} {fair[1]:11} |  {shares}", flush=True)


if __name__ == "__main__":
    main()

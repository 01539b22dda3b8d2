"""What may happen to a picture on its way to a model: corruptions at three severities.

After Hendrycks and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions
(https://arxiv.org/abs/1903.12261), with severities chosen for pictures as small as 28 × 28: the
mildest is hardly noticed, at the hardest a person still recognizes what is shown. Lengths
are shares of the picture's sides, so that they mean the same for any size.

Pure, on NumPy and SciPy: what is drawn by chance (noise, the direction of a shift, …) is drawn
from the picture's seed alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported where they are used first

#: From hardly noticed to hard.
SEVERITIES = (1, 2, 3)

#: (image, amount, its random numbers) → image; both float64 [height, width, channels],
#: 0 … 255, the result before rounding and clipping.
Change = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Corruption:
    """A way to corrupt pictures.

    Attributes:
      name: for people; also part of every picture's seed.
      unit: what the amounts are.
      amounts: how much, at each of `SEVERITIES`.
      apply: what it does.
    """

    name: str
    unit: str
    amounts: tuple[float, float, float]
    apply: Change


#: In the order in which they are reported: that of this file.
CORRUPTIONS: list[Corruption] = []


def _corruption(
    name: str, unit: str, amounts: tuple[float, float, float]
) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        CORRUPTIONS.append(Corruption(name, unit, amounts, change))
        return change

    return register


@_corruption("noise", "standard deviation, of the range of values", (0.04, 0.08, 0.16))
def _noise(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    return image + rng.normal(0, 255 * amount, image.shape)


@_corruption("blur", "standard deviation, of the side", (0.012, 0.024, 0.036))
def _blur(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    height, width, _ = image.shape
    sigma = (amount * height, amount * width, 0)
    return scipy.ndimage.gaussian_filter(image, sigma, mode="nearest")


@_corruption("brightness", "up or down, of the range of values", (0.1, 0.2, 0.3))
def _brightness(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    return image + 255 * amount * rng.choice((-1, 1))


@_corruption("shift", "to any side, of the side", (0.04, 0.08, 0.12))
def _shift(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    height, width, _ = image.shape
    down, right = ((1, 0), (-1, 0), (0, 1), (0, -1))[rng.integers(4)]
    whole = (round(amount * height) * down, round(amount * width) * right, 0)
    return scipy.ndimage.shift(image, whole, order=0, mode="nearest")


@_corruption("rotation", "either way, degrees", (5, 10, 20))
def _rotation(image: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    angle = amount * rng.choice((-1, 1))
    return scipy.ndimage.rotate(image, angle, reshape=False, order=1, mode="nearest")


def corrupt(
    pictures: np.ndarray, example_ids: Sequence[str], corruption: Corruption, severity: int
) -> np.ndarray:
    """Corrupts pictures, each in its own way, and in the same way every time.

    Args:
      pictures: uint8 [pictures, height, width, channels].
      example_ids: their names, which are their seeds: a picture is corrupted the same
        whatever others are in the batch, in every run, and for every model.
      corruption: one of `CORRUPTIONS`.
      severity: 1, 2 or 3; the direction of a shift, say, is the same for all of them.

    Returns:
      uint8 of the same shape.
    """
    amount = corruption.amounts[severity - 1]
    corrupted = np.empty_like(pictures)
    for index, (image, name) in enumerate(zip(pictures, example_ids, strict=True)):
        rng = np.random.default_rng(_seed(corruption.name, name))
        changed = corruption.apply(image.astype(float), amount, rng)
        corrupted[index] = np.clip(np.rint(changed), 0, 255)
    return corrupted


def choose(example_ids: Sequence[str], count: int) -> list[int]:
    """Indices of at most `count` pictures, drawn by a stable hash of their names, in order."""
    by_hash = sorted(range(len(example_ids)), key=lambda index: _seed("", example_ids[index]))
    return sorted(by_hash[:count])


def _seed(purpose: str, example_id: str) -> int:
    digest = hashlib.blake2b(f"{purpose}/{example_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")

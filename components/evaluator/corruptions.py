"""What may happen to a picture on its way to a model: five corruptions at three strengths.

After Hendrycks and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions
(https://arxiv.org/abs/1903.12261), with strengths chosen for pictures as small as 28 × 28: the
weakest is hardly noticed, at the strongest a person still recognizes what is shown. Lengths
are shares of the picture's sides, so that they mean the same for any size.

Pure, on NumPy and SciPy: what is drawn by chance (noise, the direction of a shift, …) is drawn
from the picture's seed alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

#: From hardly noticed to hard.
STRENGTHS = (1, 2, 3)


@dataclass(frozen=True)
class Corruption:
    """A way to spoil pictures.

    Attributes:
      name: for people.
      unit: what the amounts are.
      amounts: how much, at each of `STRENGTHS`.
      apply: (picture, amount, its random numbers) → picture; both float64
        [height, width, channels], 0 … 255, the result before rounding and clipping.
    """

    name: str
    unit: str
    amounts: tuple[float, float, float]
    apply: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def _noise(picture: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    return picture + rng.normal(0, 255 * amount, picture.shape)


def _blur(picture: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    height, width, _ = picture.shape
    sigma = (amount * height, amount * width, 0)
    return ndimage.gaussian_filter(picture, sigma, mode="nearest")


def _brightness(picture: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    return picture + 255 * amount * rng.choice((-1, 1))


def _shift(picture: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    height, width, _ = picture.shape
    down, right = ((1, 0), (-1, 0), (0, 1), (0, -1))[rng.integers(4)]
    whole = (round(amount * height) * down, round(amount * width) * right, 0)
    return ndimage.shift(picture, whole, order=0, mode="nearest")


def _rotation(picture: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    angle = amount * rng.choice((-1, 1))
    return ndimage.rotate(picture, angle, reshape=False, order=1, mode="nearest")


#: In the order in which they are reported.
CORRUPTIONS = (
    Corruption("noise", "standard deviation, of the range of values", (0.04, 0.08, 0.16), _noise),
    Corruption("blur", "standard deviation, of the side", (0.012, 0.024, 0.036), _blur),
    Corruption("brightness", "up or down, of the range of values", (0.1, 0.2, 0.3), _brightness),
    Corruption("shift", "to any side, of the side", (0.04, 0.08, 0.12), _shift),
    Corruption("rotation", "either way, degrees", (5, 10, 20), _rotation),
)


def corrupt(
    pictures: np.ndarray, example_ids: Sequence[str], corruption: Corruption, strength: int
) -> np.ndarray:
    """Spoils pictures, each in its own way, and in the same way every time.

    Args:
      pictures: uint8 [pictures, height, width, channels].
      example_ids: their names, which are their seeds: a picture is spoiled the same whatever
        others are in the batch, in every run, and for every model.
      corruption: one of `CORRUPTIONS`.
      strength: 1, 2 or 3; the direction of a shift, say, is the same for all of them.

    Returns:
      uint8 of the same shape.
    """
    amount = corruption.amounts[strength - 1]
    spoiled = np.empty_like(pictures)
    for index, (picture, name) in enumerate(zip(pictures, example_ids, strict=True)):
        rng = np.random.default_rng(_seed(corruption.name, name))
        changed = corruption.apply(picture.astype(float), amount, rng)
        spoiled[index] = np.clip(np.rint(changed), 0, 255)
    return spoiled


def chosen(example_ids: Sequence[str], count: int) -> list[int]:
    """Indices of at most `count` pictures, drawn by a stable hash of their names, in order."""
    by_hash = sorted(range(len(example_ids)), key=lambda index: _seed("", example_ids[index]))
    return sorted(by_hash[:count])


def _seed(purpose: str, example_id: str) -> int:
    digest = hashlib.blake2b(f"{purpose}/{example_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")

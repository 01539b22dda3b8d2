"""What a data set's statistics say of it: types that need no TensorFlow to be read back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SplitFacts:
    """One split.

    Attributes:
      pictures: their number.
      fewest: pictures of the rarest class.
      most: pictures of the most frequent class.
      brightness: mean of the pictures' mean intensities, 0 … 255.
      brightness_spread: their standard deviation.
      height: smallest and largest, in pixels.
      width: likewise.
    """

    pictures: int
    fewest: int
    most: int
    brightness: float
    brightness_spread: float
    height: tuple[int, int]
    width: tuple[int, int]


@dataclass(frozen=True)
class Skew:
    """How far `test` is from `train` in one feature.

    Attributes:
      feature: its name.
      distance: what was measured.
      value: how much.
      threshold: what would have stopped the run.
    """

    feature: str
    distance: str
    value: float
    threshold: float

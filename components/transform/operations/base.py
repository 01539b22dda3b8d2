"""What an operation is, and what several of them use."""

from __future__ import annotations

from typing import ClassVar

import tensorflow as tf

from components.errors import UserError

#: A number for −number … number, or (lower, upper).
Factor = float | tuple[float, float]


class Operation:
    """One step of a policy.

    Attributes:
      numbers: how many random numbers `draw` needs for each picture.
    """

    numbers: ClassVar[int] = 0

    def infer(self, pictures: tf.Tensor) -> tf.Tensor:
        """What happens outside of training: nothing, for most operations."""
        return pictures

    def draw(self, pictures: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """What happens in training.

        Args:
          pictures: float32 [batch, height, width, channels].
          numbers: float32 [batch, `numbers`], independent and uniform in [0, 1).

        Returns:
          Pictures of the shape that `infer` gives.
        """
        return self.infer(pictures)

    def with_strength(self, strength: float) -> Operation:
        """The operation so many times as strong: 0 never changes a picture, 1 is as it is.

        An operation that draws nothing stays the same.

        Raises:
          UserError: it cannot be so strong.
        """
        return self

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the result."""
        return height, width


def times(factor: Factor, strength: float) -> Factor:
    """A factor, so many times as strong."""
    if isinstance(factor, tuple):
        return factor[0] * strength, factor[1] * strength
    return factor * strength


def check(right: bool, wrong: str) -> None:
    """Raises a `UserError` that says what is wrong, unless it is right."""
    if not right:
        raise UserError(wrong)


def bounds_of(name: str, factor: Factor) -> tuple[float, float]:
    """Lower and upper bound of a factor: a number stands for −number … number."""
    lower, upper = sorted(factor) if isinstance(factor, tuple) else (-abs(factor), abs(factor))
    check(lower >= -1 and upper <= 1, f"{name}: a factor must lie between -1 and 1")
    return lower, upper


def scaled(numbers: tf.Tensor, bounds: tuple[float, float]) -> tf.Tensor:
    """Numbers from 0 … 1 brought to lower … upper."""
    lower, upper = bounds
    return lower + numbers * (upper - lower)


def by_picture(values: tf.Tensor) -> tf.Tensor:
    """[batch] → [batch, 1, 1, 1], to go with pictures."""
    return values[:, None, None, None]

"""Operations that change a picture's values and leave every pixel where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import tensorflow as tf

from components.transform.operations.base import (
    Factor,
    Operation,
    bounds_of,
    by_picture,
    check,
    scaled,
    times,
)


@dataclass(frozen=True)
class Rescaling(Operation):
    """Value · scale + offset."""

    scale: float
    offset: float = 0.0

    def infer(self, pictures: tf.Tensor) -> tf.Tensor:
        """See `Operation.infer`. Always acts."""
        return pictures * self.scale + self.offset


@dataclass(frozen=True)
class RandomContrast(Operation):
    """Moves values away from their channel's mean, or towards it, by 1 − factor … 1 + factor."""

    factor: Factor
    value_range: tuple[float, float] = (0.0, 255.0)
    numbers: ClassVar[int] = 1

    def __post_init__(self) -> None:
        lower, upper = self._bounds()
        check(lower >= 0, "RandomContrast: the lower factor must be at most 1")
        check(lower <= upper, "RandomContrast: factors must not be negative")

    def with_strength(self, strength: float) -> RandomContrast:
        """See `Operation.with_strength`."""
        return replace(self, factor=times(self.factor, strength))

    def draw(self, pictures: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """See `Operation.draw`."""
        mean = tf.reduce_mean(pictures, axis=[1, 2], keepdims=True)
        contrast = by_picture(scaled(numbers[:, 0], self._bounds()))
        changed = pictures * contrast + mean * (1 - contrast)
        return tf.clip_by_value(changed, *self.value_range)

    def _bounds(self) -> tuple[float, float]:
        lower, upper = self.factor if isinstance(self.factor, tuple) else (self.factor,) * 2
        return 1 - lower, 1 + upper


@dataclass(frozen=True)
class RandomBrightness(Operation):
    """Adds a share of the value range, −factor … factor."""

    factor: Factor
    value_range: tuple[float, float] = (0.0, 255.0)
    numbers: ClassVar[int] = 1

    def __post_init__(self) -> None:
        bounds_of("RandomBrightness", self.factor)

    def with_strength(self, strength: float) -> RandomBrightness:
        """See `Operation.with_strength`."""
        return replace(self, factor=times(self.factor, strength))

    def draw(self, pictures: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """See `Operation.draw`."""
        lowest, highest = self.value_range
        share = scaled(numbers[:, 0], bounds_of("RandomBrightness", self.factor))
        added = pictures + by_picture(share * (highest - lowest))
        return tf.clip_by_value(added, lowest, highest)

"""Operations that move pixels: affine maps, composed and done in one interpolation."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

import tensorflow as tf

from components.transform.operations.base import (
    Factor,
    Operation,
    bounds_of,
    check,
    scaled,
    times,
)

_FLIPS = ("horizontal", "vertical", "horizontal_and_vertical")
_FILLS = ("reflect", "wrap", "constant", "nearest")


class Movement(Operation):
    """An operation that takes each pixel from another place: an affine map.

    Movements that follow each other can be composed and done in one interpolation.

    Attributes:
      fill_mode: what is beyond the edge, as in Keras; "" where nothing from there is needed.
      fill_value: for `fill_mode` "constant".
    """

    fill_mode: str
    fill_value: float

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """Where each pixel is taken from.

        Args:
          size: height and width.
          numbers: see `Operation.draw`.

        Returns:
          float32 [batch, 2, 3]: (x, y, 1) of a pixel of the result → (x, y) in the picture.
        """
        raise NotImplementedError

    def draw(self, pictures: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """See `Operation.draw`."""
        return move(pictures, [self], numbers)


def move(pictures: tf.Tensor, movements: Iterable[Movement], numbers: tf.Tensor) -> tf.Tensor:
    """Does movements one after the other, in one interpolation.

    Args:
      pictures: see `Operation.draw`.
      movements: all with the same `fill_mode` and `fill_value`, or none.
      numbers: float32 [batch, all their numbers].
    """
    movements = list(movements)
    size, used = tuple(pictures.shape[1:3]), 0
    last_row = tf.broadcast_to([[[0.0, 0.0, 1.0]]], [tf.shape(numbers)[0], 1, 3])
    composed: tf.Tensor | None = None
    for movement in movements:
        own = movement.matrix(size, numbers[:, used : used + movement.numbers])
        used += movement.numbers
        own = tf.concat([own, last_row], axis=1)
        composed = own if composed is None else composed @ own
    fills = [movement for movement in movements if movement.fill_mode]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=tf.reshape(composed, [-1, 9])[:, :8],
        output_shape=size,
        fill_value=fills[0].fill_value if fills else 0.0,
        interpolation="BILINEAR",
        fill_mode=fills[0].fill_mode.upper() if fills else "NEAREST",
    )
    return tf.ensure_shape(moved, pictures.shape)


@dataclass(frozen=True)
class RandomFlip(Movement):
    """Mirrors left and right, or top and bottom, or each of them; every second picture.

    Attributes:
      mode: see `_FLIPS`.
      share: of the pictures that are mirrored, in each direction; Keras's is a half.
    """

    mode: str = "horizontal_and_vertical"
    share: float = 0.5
    numbers: ClassVar[int] = 2
    fill_mode: ClassVar[str] = ""  # type: ignore[misc]
    fill_value: ClassVar[float] = 0.0  # type: ignore[misc]

    def __post_init__(self) -> None:
        check(self.mode in _FLIPS, f"RandomFlip: mode must be one of {', '.join(_FLIPS)}")
        check(0 <= self.share <= 1, "RandomFlip: the share of pictures must lie between 0 and 1")

    def with_strength(self, strength: float) -> RandomFlip:
        """See `Operation.with_strength`: fewer pictures are mirrored."""
        return replace(self, share=self.share * strength)

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """See `Movement.matrix`."""
        bottom, right = (side - 1.0 for side in size)
        across, down = (
            tf.cast((numbers[:, index] < self.share) & (direction in self.mode), tf.float32)
            for index, direction in enumerate(("horizontal", "vertical"))
        )
        none = tf.zeros_like(across)
        return _matrix(
            *(1 - 2 * across, none, right * across),
            *(none, 1 - 2 * down, bottom * down),
        )


@dataclass(frozen=True)
class RandomRotation(Movement):
    """Turns pictures about their middle, by a share of a full turn, −factor … factor."""

    factor: Factor
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    numbers: ClassVar[int] = 1

    def __post_init__(self) -> None:
        _check_fill(self)
        bounds_of("RandomRotation", self.factor)

    def with_strength(self, strength: float) -> RandomRotation:
        """See `Operation.with_strength`."""
        return replace(self, factor=times(self.factor, strength))

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """See `Movement.matrix`."""
        angle = 2 * math.pi * scaled(numbers[:, 0], bounds_of("RandomRotation", self.factor))
        bottom, right = (side - 1.0 for side in size)
        cos, sin = tf.cos(angle), tf.sin(angle)
        return _matrix(
            *(cos, -sin, (right - (cos * right - sin * bottom)) / 2),
            *(sin, cos, (bottom - (sin * right + cos * bottom)) / 2),
        )


@dataclass(frozen=True)
class RandomZoom(Movement):
    """Zooms about the middle: out by a positive factor, in by a negative one.

    Without a `width_factor` the aspect ratio stays.
    """

    height_factor: Factor
    width_factor: Factor | None = None
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    numbers: ClassVar[int] = 2

    def __post_init__(self) -> None:
        _check_fill(self)
        for factor in (self.height_factor, self.width_factor):
            lower, _ = bounds_of("RandomZoom", factor or 0.0)
            check(lower > -1, "RandomZoom: a factor must be above -1")

    def with_strength(self, strength: float) -> RandomZoom:
        """See `Operation.with_strength`."""
        across = None if self.width_factor is None else times(self.width_factor, strength)
        return replace(self, height_factor=times(self.height_factor, strength), width_factor=across)

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """See `Movement.matrix`."""
        down = 1 + scaled(numbers[:, 0], bounds_of("RandomZoom", self.height_factor))
        across = down
        if self.width_factor is not None:
            across = 1 + scaled(numbers[:, 1], bounds_of("RandomZoom", self.width_factor))
        bottom, right = (side - 1.0 for side in size)
        none = tf.zeros_like(down)
        return _matrix(
            *(across, none, right / 2 * (1 - across)),
            *(none, down, bottom / 2 * (1 - down)),
        )


@dataclass(frozen=True)
class RandomTranslation(Movement):
    """Moves pictures down and right by a share of their height and width (up, left: negative)."""

    height_factor: Factor
    width_factor: Factor
    fill_mode: str = "reflect"
    fill_value: float = 0.0
    numbers: ClassVar[int] = 2

    def __post_init__(self) -> None:
        _check_fill(self)
        for factor in (self.height_factor, self.width_factor):
            bounds_of("RandomTranslation", factor)

    def with_strength(self, strength: float) -> RandomTranslation:
        """See `Operation.with_strength`."""
        return replace(
            self,
            height_factor=times(self.height_factor, strength),
            width_factor=times(self.width_factor, strength),
        )

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """See `Movement.matrix`."""
        height, width = size
        down = height * scaled(numbers[:, 0], bounds_of("RandomTranslation", self.height_factor))
        right = width * scaled(numbers[:, 1], bounds_of("RandomTranslation", self.width_factor))
        full, none = tf.ones_like(down), tf.zeros_like(down)
        return _matrix(full, none, -right, none, full, -down)


def _check_fill(operation: RandomRotation | RandomZoom | RandomTranslation) -> None:
    name = type(operation).__name__
    check(operation.fill_mode in _FILLS, f"{name}: fill_mode must be one of {', '.join(_FILLS)}")


def _matrix(*values: tf.Tensor) -> tf.Tensor:
    """Six values for each picture, row by row → [batch, 2, 3]."""
    return tf.reshape(tf.stack(values, axis=1), [-1, 2, 3])

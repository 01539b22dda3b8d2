"""Operations on pictures, with the names, parameters and documented meaning of Keras's layers.

An operation works on a batch, float32 [batch, height, width, channels] with values 0 … 255
(0 … 1 behind a `Rescaling`), and has two sides: `infer`, what the Keras layer does outside of
training, and `draw`, what it does in training, where random numbers given for each picture
decide. Nothing is random in here: the same numbers give the same picture, on any machine,
whatever other pictures are in the batch.

Source of the meanings: https://keras.io/api/layers/preprocessing_layers/. Where Keras 3 and
its documentation differ (docs/augmentation.md), the documentation is followed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import tensorflow as tf

from components.errors import UserError

Factor = float | tuple[float, float]

FLIPS = ("horizontal", "vertical", "horizontal_and_vertical")
FILLS = ("reflect", "wrap", "constant", "nearest")


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

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the result."""
        return height, width


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
class Resizing(Operation):
    """Brings pictures to height × width pixels: bilinear."""

    height: int
    width: int

    def infer(self, pictures: tf.Tensor) -> tf.Tensor:
        """See `Operation.infer`. Always acts."""
        return tf.image.resize(pictures, (self.height, self.width))

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """See `Operation.output_size`."""
        return self.height, self.width


@dataclass(frozen=True)
class Rescaling(Operation):
    """Value · scale + offset."""

    scale: float
    offset: float = 0.0

    def infer(self, pictures: tf.Tensor) -> tf.Tensor:
        """See `Operation.infer`. Always acts."""
        return pictures * self.scale + self.offset


@dataclass(frozen=True)
class RandomCrop(Operation):
    """Cuts height × width pixels out, anywhere; outside of training, the middle.

    The middle is the largest centred window of that aspect ratio, resized. The same is done in
    training where a picture is smaller than what is to be cut out.
    """

    height: int
    width: int
    numbers: ClassVar[int] = 2

    def infer(self, pictures: tf.Tensor) -> tf.Tensor:
        """See `Operation.infer`."""
        height, width = pictures.shape[1:3]
        window = (
            max(1, min(height, int(width * self.height / self.width))),
            max(1, min(width, int(height * self.width / self.height))),
        )
        top, left = int((height - window[0]) / 2), int((width - window[1]) / 2)
        middle = pictures[:, top : top + window[0], left : left + window[1]]
        return tf.image.resize(middle, (self.height, self.width))

    def draw(self, pictures: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """See `Operation.draw`."""
        height, width = pictures.shape[1:3]
        if height < self.height or width < self.width:
            return self.infer(pictures)
        cut = pictures
        for axis, size, room in (
            (1, self.height, height - self.height),
            (2, self.width, width - self.width),
        ):
            start = tf.cast(numbers[:, axis - 1] * (room + 1), tf.int32)
            start = tf.minimum(start, room)  # float32 may round up to room + 1
            cut = tf.gather(cut, start[:, None] + tf.range(size), axis=axis, batch_dims=1)
        return tf.ensure_shape(cut, [None, self.height, self.width, pictures.shape[3]])

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """See `Operation.output_size`."""
        return self.height, self.width


@dataclass(frozen=True)
class RandomFlip(Movement):
    """Mirrors left and right, or top and bottom, or each of them; every second picture."""

    mode: str = "horizontal_and_vertical"
    numbers: ClassVar[int] = 2
    fill_mode: ClassVar[str] = ""  # type: ignore[misc]
    fill_value: ClassVar[float] = 0.0  # type: ignore[misc]

    def __post_init__(self) -> None:
        _check(self.mode in FLIPS, f"RandomFlip: mode must be one of {', '.join(FLIPS)}")

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """See `Movement.matrix`."""
        bottom, right = (side - 1.0 for side in size)
        across, down = (
            tf.cast((numbers[:, index] < 0.5) & (direction in self.mode), tf.float32)
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
        _range("RandomRotation", self.factor)

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """See `Movement.matrix`."""
        angle = 2 * math.pi * _scaled(numbers[:, 0], _range("RandomRotation", self.factor))
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
            lower, _ = _range("RandomZoom", factor or 0.0)
            _check(lower > -1, "RandomZoom: a factor must be above -1")

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """See `Movement.matrix`."""
        down = 1 + _scaled(numbers[:, 0], _range("RandomZoom", self.height_factor))
        across = down
        if self.width_factor is not None:
            across = 1 + _scaled(numbers[:, 1], _range("RandomZoom", self.width_factor))
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
            _range("RandomTranslation", factor)

    def matrix(self, size: tuple[int, int], numbers: tf.Tensor) -> tf.Tensor:
        """See `Movement.matrix`."""
        height, width = size
        down = height * _scaled(numbers[:, 0], _range("RandomTranslation", self.height_factor))
        right = width * _scaled(numbers[:, 1], _range("RandomTranslation", self.width_factor))
        one, none = tf.ones_like(down), tf.zeros_like(down)
        return _matrix(one, none, -right, none, one, -down)


@dataclass(frozen=True)
class RandomContrast(Operation):
    """Moves values away from their channel's mean, or towards it, by 1 − factor … 1 + factor."""

    factor: Factor
    value_range: tuple[float, float] = (0.0, 255.0)
    numbers: ClassVar[int] = 1

    def __post_init__(self) -> None:
        lower, upper = self._bounds()
        _check(lower >= 0, "RandomContrast: the lower factor must be at most 1")
        _check(lower <= upper, "RandomContrast: factors must not be negative")

    def draw(self, pictures: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """See `Operation.draw`."""
        mean = tf.reduce_mean(pictures, axis=[1, 2], keepdims=True)
        contrast = _by_picture(_scaled(numbers[:, 0], self._bounds()))
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
        _range("RandomBrightness", self.factor)

    def draw(self, pictures: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """See `Operation.draw`."""
        lowest, highest = self.value_range
        share = _scaled(numbers[:, 0], _range("RandomBrightness", self.factor))
        added = pictures + _by_picture(share * (highest - lowest))
        return tf.clip_by_value(added, lowest, highest)


def _check(right: bool, wrong: str) -> None:
    if not right:
        raise UserError(wrong)


def _check_fill(operation: RandomRotation | RandomZoom | RandomTranslation) -> None:
    name = type(operation).__name__
    _check(operation.fill_mode in FILLS, f"{name}: fill_mode must be one of {', '.join(FILLS)}")


def _range(name: str, factor: Factor) -> tuple[float, float]:
    """Lower and upper bound of a factor: a number stands for −number … number."""
    lower, upper = sorted(factor) if isinstance(factor, tuple) else (-abs(factor), abs(factor))
    _check(lower >= -1 and upper <= 1, f"{name}: a factor must lie between -1 and 1")
    return lower, upper


def _scaled(numbers: tf.Tensor, bounds: tuple[float, float]) -> tf.Tensor:
    lower, upper = bounds
    return lower + numbers * (upper - lower)


def _by_picture(values: tf.Tensor) -> tf.Tensor:
    """[batch] → [batch, 1, 1, 1], to go with pictures."""
    return values[:, None, None, None]


def _matrix(*values: tf.Tensor) -> tf.Tensor:
    """Six values for each picture, row by row → [batch, 2, 3]."""
    return tf.reshape(tf.stack(values, axis=1), [-1, 2, 3])

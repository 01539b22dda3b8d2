"""Operations that change a picture's height and width."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import tensorflow as tf

from components.transform.operations.base import Operation, check


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
class RandomCrop(Operation):
    """Cuts height × width pixels out, anywhere; outside of training, the middle.

    The middle is the largest centred window of that aspect ratio, resized. The same is done in
    training where a picture is smaller than what is to be cut out.

    Attributes:
      height: of what is cut out, in pixels.
      width: likewise.
      reach: how far from the middle it may lie, as a share of the room there is; 0 does what is
        done outside of training.
    """

    height: int
    width: int
    reach: float = 1.0
    numbers: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check(0 <= self.reach <= 1, "RandomCrop: the reach must lie between 0 and 1")

    def with_strength(self, strength: float) -> RandomCrop:
        """See `Operation.with_strength`: what is cut out lies nearer to the middle."""
        return replace(self, reach=self.reach * strength)

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
        if height < self.height or width < self.width or not self.reach:
            return self.infer(pictures)
        cut = pictures
        for axis, size, room in (
            (1, self.height, height - self.height),
            (2, self.width, width - self.width),
        ):
            place = (1 - self.reach) / 2 + self.reach * numbers[:, axis - 1]
            start = tf.cast(place * (room + 1), tf.int32)
            start = tf.minimum(start, room)  # float32 may round up to room + 1
            cut = tf.gather(cut, start[:, None] + tf.range(size), axis=axis, batch_dims=1)
        return tf.ensure_shape(cut, [None, self.height, self.width, pictures.shape[3]])

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """See `Operation.output_size`."""
        return self.height, self.width

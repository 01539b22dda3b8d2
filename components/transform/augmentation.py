"""Augmentation policies: what may happen to a training picture, as stateless operations.

An operation maps (uint8 picture [height, width, channels], int32 seed [2]) to a picture of
the same shape and dtype. The seed decides everything, so one seed gives one picture, on any
machine and in any order. A policy is a tuple of operations; add your own to `POLICIES`.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

Operation = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def random_flip() -> Operation:
    """Mirrors left and right, for every second seed."""

    def flip(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        return tf.image.stateless_random_flip_left_right(picture, seed=seed)

    return flip


def random_shift(pixels: int) -> Operation:
    """Moves by up to `pixels` in both directions; what comes in at the edge is 0 (black)."""

    def shift(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        padded = tf.pad(picture, [[pixels, pixels], [pixels, pixels], [0, 0]])
        return tf.image.stateless_random_crop(padded, tf.shape(picture), seed=seed)

    return shift


POLICIES: dict[str, tuple[Operation, ...]] = {
    # Small grey pictures of things that may as well face the other way.
    "fashion": (random_flip(), random_shift(2)),
}


def augment(pictures: tf.Tensor, seeds: tf.Tensor, policy: str) -> tf.Tensor:
    """Applies a policy to each picture under its own seed; seed 0 leaves the picture alone.

    Args:
      pictures: uint8 [batch, height, width, channels].
      seeds: int64 [batch], 0 … 2^62.
      policy: a key of `POLICIES`.

    Returns:
      Pictures of the same shape and dtype.
    """
    operations = POLICIES[policy]

    def draw(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        for index, operation in enumerate(operations):
            low = tf.cast(tf.bitwise.bitwise_and(seed, 0x7FFFFFFF), tf.int32)
            high = tf.cast(tf.bitwise.right_shift(seed, tf.constant(31, tf.int64)), tf.int32)
            # Operations of one policy must not see the same random numbers.
            picture = operation(picture, tf.stack([low, high ^ (index + 1) * 0x1000003]))
        return picture

    def one(args: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
        picture, seed = args
        drawn = tf.cond(seed > 0, lambda: draw(picture, seed), lambda: picture)
        return tf.ensure_shape(drawn, pictures.shape[1:])

    return tf.map_fn(
        one,
        (pictures, seeds),
        fn_output_signature=tf.TensorSpec(pictures.shape[1:], tf.uint8),
    )

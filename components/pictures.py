"""Encoded pictures (JPEG, PNG, BMP, GIF): decoded in the graph, the same way everywhere.

Ingestion, Transform, training and serving all decode through here, so a picture is the same
pixels in each of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf


def decode(file: tf.Tensor, channels: int) -> tf.Tensor:
    """Decodes a picture in its own size; of an animation, the first frame.

    Args:
      file: string scalar: a JPEG, PNG, BMP or GIF file; told apart by content, not by name.
      channels: 1 or 3; a grey picture becomes colour and the other way round, and a JPEG with
        CMYK colours becomes RGB.

    Returns:
      uint8 [height, width, channels].

    Raises:
      tf.errors.InvalidArgumentError: the file is none of these, or damaged.
    """
    picture = tf.io.decode_image(file, channels=channels, expand_animations=False)
    picture.set_shape([None, None, channels])
    return picture


def fit(picture: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Brings a picture to a size: bilinear, antialiased, rounded; one of that size stays as it is.

    Args:
      picture: uint8 [any height, any width, channels].
      height: in pixels.
      width: in pixels.

    Returns:
      uint8 [height, width, channels].
    """
    fitted = tf.cond(
        tf.reduce_all(tf.equal(tf.shape(picture)[:2], [height, width])),
        lambda: picture,
        lambda: tf.cast(
            tf.round(tf.image.resize(picture, [height, width], antialias=True)), tf.uint8
        ),
    )
    return tf.ensure_shape(fitted, [height, width, picture.shape[-1]])


def decode_all(files: tf.Tensor, shape: Sequence[int]) -> tf.Tensor:
    """Decodes pictures and brings them to one size.

    Args:
      files: string [n], see `decode`.
      shape: [height, width, channels].

    Returns:
      uint8 [n, height, width, channels].
    """
    height, width, channels = shape
    return tf.map_fn(
        lambda file: fit(decode(file, channels), height, width),
        files,
        fn_output_signature=tf.TensorSpec(shape, tf.uint8),
    )


def encode_all(pictures: tf.Tensor) -> tf.Tensor:
    """Encodes pictures without loss: uint8 [n, height, width, channels] → PNG files, string [n].

    Uncompressed, since what they are for is to be decoded again soon.
    """
    return tf.map_fn(
        lambda picture: tf.io.encode_png(picture, compression=0),
        pictures,
        fn_output_signature=tf.TensorSpec([], tf.string),
    )

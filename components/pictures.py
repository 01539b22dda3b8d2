"""Pictures as bytes and as pixels: decoded in the graph, the same way everywhere.

Ingestion, Transform, training, serving and the report all decode through here, so a picture is
the same pixels in each of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf

from components.code import load
from components.errors import UserError
from components.examples import without_tuner
from components.picture_fit import CROP, STRETCH, Fit
from components.settings import Count, settings


@settings
class PictureFormat:
    """How a data set's pictures are stored in Examples, and what they become.

    Attributes:
      encoded: whether they are files (JPEG, PNG, BMP, GIF) of any size, and not raw uint8
        pixels, row by row.
      shape: (height, width, channels) that files are brought to, and that raw pixels have.
      class_names: names of the labels 0, 1, …
      fit: how files of another shape are brought to it, see `bring_to_size`; also those that a
        model is asked about which was trained on raw pixels.
    """

    encoded: bool
    shape: tuple[Count, Count, Count]
    class_names: tuple[str, ...]
    fit: Fit = STRETCH

    @classmethod
    def of_reader(
        cls,
        reader: str,
        *,
        shape: tuple[int, int, int],
        class_names: tuple[str, ...],
        fit: Fit = STRETCH,
    ) -> PictureFormat:
        """The format of what a reader stores.

        Args:
          reader: import path of a `components.ingestion.reader.Reader` class.
          shape: of the data set's pictures.
          class_names: of its labels.
          fit: how files of another shape are brought to it.

        Raises:
          UserError: there is no such reader.
        """
        encoded = getattr(load(reader), "encoded", None)
        if not isinstance(encoded, bool):
            raise UserError(f"{reader} is not a reader, see components.ingestion.reader.Reader")
        return cls(encoded=encoded, shape=shape, class_names=class_names, fit=fit)

    @property
    def stored_bytes(self) -> int:
        """Size of every stored picture; 0 where it may differ."""
        return 0 if self.encoded else math.prod(self.shape)

    def decode(self, stored: tf.Tensor) -> tf.Tensor:
        """One stored picture, string scalar → uint8 [height, width, channels]."""
        height, width, channels = self.shape
        if self.encoded:
            return bring_to_size(decode(stored, channels), height, width, self.fit)
        return tf.reshape(tf.io.decode_raw(stored, tf.uint8), self.shape)

    def decode_batch(self, stored: tf.Tensor) -> tf.Tensor:
        """Stored pictures, string [n] → uint8 [n, height, width, channels]."""
        if self.encoded:
            return decode_all(stored, self.shape, self.fit)
        return tf.reshape(tf.io.decode_raw(stored, tf.uint8), [-1, *self.shape])

    def encode_batch(self, images: tf.Tensor) -> tf.Tensor:
        """Undoes `decode_batch`, without loss: uint8 [n, height, width, channels] → string [n]."""
        return encode_all(images) if self.encoded else _raw(images)

    def to_files(self, stored: tf.Tensor) -> tf.Tensor:
        """Stored pictures as files that a client could send, string [n] → string [n]."""
        return stored if self.encoded else encode_all(self.decode_batch(stored))

    def from_files(self, files: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Picture files of any size as Examples hold pictures, brought to `shape`.

        Args:
          files: string [n], see `decode`.

        Returns:
          string [n], as `decode_batch` takes them; and whether each file could be decoded, bool
          [n]: a black picture stands for one that could not.
        """
        pictures, decoded = decode_sound(files, self.shape, self.fit)
        return self.encode_batch(pictures), decoded


def decode(file: tf.Tensor, channels: int) -> tf.Tensor:
    """Decodes a picture in its own size; of an animation, the first frame.

    It sees what the pixels say, and no more: neither the orientation in a photograph's EXIF, nor
    transparency, nor the palette of a BMP. `components.ingestion.picture_file` makes a PNG of
    such pictures.

    Args:
      file: string scalar: a JPEG, PNG, BMP or GIF file; told apart by content, not by name.
      channels: 1 or 3; a grey picture becomes colour and the other way round, and a JPEG with
        CMYK colours becomes RGB.

    Returns:
      uint8 [height, width, channels].

    Raises:
      tf.errors.InvalidArgumentError: the file is none of these, or damaged.
    """
    if channels == 1:
        image = tf.cond(
            _decodes_to_grey(file),
            lambda: _decode(file, 1),
            lambda: tf.image.rgb_to_grayscale(_decode(file, 3)),
        )
    else:
        image = _decode(file, channels)
    image.set_shape([None, None, channels])
    return image


def _decode(file: tf.Tensor, channels: int) -> tf.Tensor:
    return tf.io.decode_image(file, channels=channels, expand_animations=False)


def _decodes_to_grey(file: tf.Tensor) -> tf.Tensor:
    """Whether TensorFlow's decoder has one channel to give: of BMP, GIF and CMYK it has not."""

    def has_no_black() -> tf.Tensor:
        return tf.io.extract_jpeg_shape(file)[2] < 4

    is_png = tf.equal(tf.strings.substr(file, 0, 4), b"\x89PNG")
    return tf.cond(tf.io.is_jpeg(file), has_no_black, lambda: is_png)


def bring_to_size(image: tf.Tensor, height: int, width: int, fit: Fit = STRETCH) -> tf.Tensor:
    """Brings a picture to a size: bilinear, antialiased, rounded; one of it stays as it is.

    Args:
      image: uint8 [any height, any width, channels].
      height: in pixels.
      width: in pixels.
      fit: "stretch": its sides keep no proportion, and everything is seen. "crop": of a picture
        that is too wide or too high the middle is taken. "pad": all of it is scaled to fit, and
        what is left, half of it on each side, is black. The last two keep the proportion of its
        sides, but for rounding to whole pixels, and to one at least.

    Returns:
      uint8 [height, width, channels].
    """
    fitted = tf.cond(
        tf.reduce_all(tf.equal(tf.shape(image)[:2], [height, width])),
        lambda: image,
        lambda: _fitted(image, height, width, fit),
    )
    return tf.ensure_shape(fitted, [height, width, image.shape[-1]])


def _fitted(image: tf.Tensor, height: int, width: int, fit: Fit) -> tf.Tensor:
    # TensorFlow's own ways with proportions round a side of a very long picture to 0, and fail.
    wanted, size = tf.constant([height, width]), tf.shape(image)[:2]
    if fit == STRETCH:
        return _resized(image, wanted)
    scales = tf.cast(wanted, tf.float64) / tf.cast(size, tf.float64)
    if fit == CROP:
        seen = _whole(tf.cast(wanted, tf.float64) / tf.reduce_max(scales), size)
        first = (size - seen) // 2
        return _resized(image[first[0] :, first[1] :][: seen[0], : seen[1]], wanted)
    scaled = _whole(tf.cast(size, tf.float64) * tf.reduce_min(scales), wanted)
    before = (wanted - scaled) // 2
    black = tf.stack([before, wanted - scaled - before], axis=1)
    return tf.pad(_resized(image, scaled), tf.concat([black, [[0, 0]]], axis=0))


def _whole(size: tf.Tensor, most: tf.Tensor) -> tf.Tensor:
    """A size in whole pixels, float64 [2] → int32 [2]: each 1 at least, and `most` at most."""
    return tf.clip_by_value(tf.cast(tf.round(size), tf.int32), 1, most)


def _resized(image: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.round(tf.image.resize(image, size, antialias=True)), tf.uint8)


def decode_all(files: tf.Tensor, shape: Sequence[int], fit: Fit = STRETCH) -> tf.Tensor:
    """Decodes picture files and brings them to one size.

    Args:
      files: string [n], see `decode`.
      shape: [height, width, channels].
      fit: see `bring_to_size`.

    Returns:
      uint8 [n, height, width, channels].
    """
    height, width, channels = shape
    return tf.map_fn(
        lambda file: bring_to_size(decode(file, channels), height, width, fit),
        files,
        fn_output_signature=tf.TensorSpec(shape, tf.uint8),
    )


def decode_sound(
    files: tf.Tensor, shape: Sequence[int], fit: Fit = STRETCH
) -> tuple[tf.Tensor, tf.Tensor]:
    """Decodes those picture files that can be; `decode_all` fails with the first that cannot.

    Args:
      files: string [n], see `decode`.
      shape: [height, width, channels].
      fit: see `bring_to_size`.

    Returns:
      uint8 [n, height, width, channels], black where a file cannot be decoded; and whether it
      could, bool [n].
    """
    height, width, channels = shape
    count = tf.size(files, tf.int64)
    # TensorFlow's graphs know no exceptions, but its data sets can go on after one.
    sound = (
        without_tuner(tf.data.Dataset.from_tensor_slices(files))
        .enumerate()
        .map(
            lambda number, file: (
                number,
                bring_to_size(decode(file, channels), height, width, fit),
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .ignore_errors()
    )
    # One more than there are, so that there is always one.
    last = tf.data.Dataset.from_tensors((count, tf.zeros(shape, tf.uint8)))
    numbers, pictures = sound.concatenate(last).batch(count + 1).get_single_element()
    places, size = numbers[:, tf.newaxis], tf.reshape(count + 1, [1])
    spread = tf.scatter_nd(places, pictures, tf.concat([size, tf.constant(shape, tf.int64)], 0))
    decoded = tf.scatter_nd(places, tf.ones_like(numbers), size)
    return tf.ensure_shape(spread[:-1], [None, *shape]), decoded[:-1] > 0


def encode_all(images: tf.Tensor) -> tf.Tensor:
    """Encodes pictures without loss: uint8 [n, height, width, channels] → PNG files, string [n].

    Uncompressed, since what they are for is to be decoded again soon.
    """
    return tf.map_fn(
        lambda image: tf.io.encode_png(image, compression=0),
        images,
        fn_output_signature=tf.TensorSpec([], tf.string),
    )


def _raw(images: tf.Tensor) -> tf.Tensor:
    """uint8 [n, height, width, channels] → their bytes, row by row, string [n]."""
    # TensorFlow has decode_raw but no encode_raw: look each byte up and join.
    letters = tf.constant([bytes([value]) for value in range(256)])
    pixels = tf.reshape(images, [-1, math.prod(images.shape[1:])])
    return tf.strings.reduce_join(tf.gather(letters, tf.cast(pixels, tf.int32)), axis=1)

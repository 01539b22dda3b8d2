"""From Examples on disk to training batches, one way for every model.

A split is read once and kept in memory, or, where it does not fit, read anew in every epoch
(`components.trainer.split`): as uint8 pictures that went through the transform graph, or, for an
arm with augmentation, as bytes (photographs decoded and brought to size) that go through the graph
anew in every epoch, under a seed made of the run's seed, the epoch and the picture's id. The order
of an epoch's pictures depends on the run's seed and the epoch only, so training is the same in
every run, and goes on the same after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.examples import without_tuner
from components.pictures import PictureFormat
from components.trainer.split import AnySplit, read_split

Transform = Callable[[dict[str, tf.Tensor]], dict[str, tf.Tensor]]


def transform_function(output: tft.TFTransformOutput) -> Transform:
    """The transform graph as a function of raw features [n, 1] to transformed features.

    TFT gives it as a layer of legacy Keras. Only the layer's `call` is taken: going through
    Keras costs five seconds of tracing at export, and gives nothing. (Were `preprocessing_fn`
    to use a vocabulary, the export would have to track the layer, and would say so.)
    """
    return output.transform_features_layer().call


def load_split(
    file_patterns: Sequence[str], transform: tft.TFTransformOutput, memory: int | None = None
) -> AnySplit:
    """Reads a split as the transform graph gives it under seed 0: uint8 pictures.

    Args:
      file_patterns: TFRecord files of raw Examples, gzip-compressed.
      transform: output of Transform.
      memory: bytes that its pictures may take, else it is streamed; None: any.

    Raises:
      UserError: there is no picture in these files.
    """
    graph = transform_function(transform)

    def as_they_are(images: tf.Tensor) -> tf.Tensor:
        # Pixels are k/255 by the contract of preprocessing_fn: nothing is lost.
        pixels = graph(raw_features(images, None))[features.PIXELS]
        return tf.cast(tf.round(pixels * 255.0), tf.uint8)

    return read_split(file_patterns, features.IMAGE, as_they_are, memory)


def load_stored(
    file_patterns: Sequence[str], picture_format: PictureFormat, memory: int | None = None
) -> AnySplit:
    """Reads a split for a training that augments: as bytes that the transform graph takes.

    Args:
      file_patterns: see `load_split`.
      picture_format: of the stored pictures. Files are decoded and brought to its shape now, and
        not again in every epoch, where they are kept in memory.
      memory: see `load_split`.

    Raises:
      UserError: there is no picture in these files.
    """

    def of_one_size(images: tf.Tensor) -> tf.Tensor:
        if not picture_format.encoded:
            return images
        return picture_format.encode_batch(picture_format.decode_batch(images))

    return read_split(file_patterns, features.IMAGE, of_one_size, memory)


def load_features(file_patterns: Sequence[str], dtype: str, memory: int | None = None) -> AnySplit:
    """Reads what the node BackboneFeatures made of a split's pictures.

    Args:
      file_patterns: TFRecord files of Examples with features, gzip-compressed.
      dtype: "float32" or "float16": how the features are stored.
      memory: see `load_split`.

    Raises:
      UserError: there is no picture in these files.
    """

    def of_backbone(views: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.io.decode_raw(views, tf.as_dtype(dtype)), tf.float32)

    return read_split(file_patterns, features.BACKBONE, of_backbone, memory)


def training_batches(
    split: AnySplit,
    *,
    batch_size: int,
    seed: int,
    first_epoch: int,
    epochs: int,
    transform: Transform | None = None,
) -> tf.data.Dataset:
    """The batches of the epochs `first_epoch` … `epochs` − 1, one after the other.

    Args:
      split: see `load_split`, `load_stored` and `load_features`.
      batch_size: pictures a batch; the last one of an epoch may be smaller.
      seed: of the run.
      first_epoch: 0, or more after a restart.
      epochs: one past the last epoch.
      transform: the transform graph when `split` holds stored bytes, to be applied under
        new seeds in every epoch; None when it holds decoded pictures.

    Returns:
      A data set of (float32 [batch, height, width, channels], int64 [batch]).
    """

    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        def finish(
            pictures: tf.Tensor, labels: tf.Tensor, ids: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor]:
            if split.is_features:
                augmented = split.picture_shape[0] - 1
                pixels = pictures[:, 1 + epoch % augmented] if augmented else pictures[:, 0]
            elif transform is None:
                pixels = rescale(pictures)
            else:
                seeds = augmentation_seeds(ids, seed, epoch)
                pixels = transform(raw_features(pictures, seeds))[features.PIXELS]
            return pixels, labels

        return split.epoch(batch_size, tf.stack([tf.constant(seed, tf.int64), epoch]), finish)

    of_epochs = without_tuner(tf.data.Dataset.range(first_epoch, epochs))
    return of_epochs.flat_map(epoch_batches).prefetch(4)


def evaluation_batches(split: AnySplit, batch_size: int) -> tf.data.Dataset:
    """The batches of a split of pictures or features, in order, not augmented."""

    def as_is(pictures: tf.Tensor) -> tf.Tensor:
        return pictures[:, 0] if split.is_features else rescale(pictures)

    return (
        split.in_order(batch_size)
        .map(lambda pictures, labels: (as_is(pictures), labels))
        .prefetch(4)
    )


def rescale(pictures: tf.Tensor) -> tf.Tensor:
    """uint8 0 … 255 → float32 0 … 1, by the same operations as `preprocessing_fn`."""
    return tf.cast(pictures, tf.float32) / 255.0


def augmentation_seeds(ids: tf.Tensor, seed: int, epoch: tf.Tensor) -> tf.Tensor:
    """One seed per picture and epoch, int64 [n], 1 … 2^62: a hash of run seed, epoch and id."""
    keys = tf.strings.join([str(seed), tf.strings.as_string(epoch), ids], separator="/")
    return tf.strings.to_hash_bucket_strong(keys, 2**62, key=[seed, 0]) + 1


def raw_features(images: tf.Tensor, seeds: tf.Tensor | None) -> dict[str, tf.Tensor]:
    """What the transform graph needs to make pixels of stored pictures.

    Args:
      images: as ExampleGen stores them, string [n].
      seeds: of the augmentation, int64 [n]; None for 0, the pictures as they are.

    Returns:
      Raw features, [n, 1] each.
    """
    if seeds is None:
        seeds = tf.zeros([tf.shape(images)[0]], tf.int64)
    return {
        features.IMAGE: tf.reshape(images, [-1, 1]),
        features.AUGMENTATION_SEED: tf.reshape(seeds, [-1, 1]),
    }

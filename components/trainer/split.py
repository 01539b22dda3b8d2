"""A split of pictures for a training: in memory, or read from its Examples again and again.

Both give the pictures of an epoch in an order that depends on the run's seed and the epoch only.
In memory it is a permutation of all pictures. Read again, it is: the files in a drawn order, some
of them open at a time and read in turns, and of what comes a buffer at a time, permuted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from components import features
from components.errors import UserError
from components.examples import files_like, parse, records_in, without_tuner

#: Makes what a model takes of pictures, labels and ids, each [batch].
Finish = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], Any]
#: Makes pictures, as a split keeps them, of a stored feature [batch].
PicturesOf = Callable[[tf.Tensor], tf.Tensor]

_READ_BATCH = 256
_OPEN_FILES = 16  # of an epoch that is read: some MB of buffers


class Split(NamedTuple):
    """A split in memory.

    Attributes:
      pictures: uint8 [n, height, width, channels], augmentation not applied; or the
        bytes of `load_stored`, string [n], where every epoch augments them; or what a backbone
        made of them, float32 [n, views, features], the first view as they are.
      labels: int64 [n].
      ids: string [n].
    """

    pictures: tf.Tensor
    labels: tf.Tensor
    ids: tf.Tensor

    @property
    def size(self) -> int:
        """Number of pictures."""
        return int(self.labels.shape[0])

    @property
    def picture_shape(self) -> tuple[int, ...]:
        """Of a picture, as it is kept."""
        return tuple(self.pictures.shape[1:])

    @property
    def is_features(self) -> bool:
        """Whether it holds what a backbone made of pictures."""
        return bool(self.pictures.dtype == tf.float32)

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        """Batches of (pictures, labels)."""
        slices = tf.data.Dataset.from_tensor_slices((self.pictures, self.labels))
        return without_tuner(slices).batch(batch_size)

    def epoch(self, batch_size: int, seeds: tf.Tensor, finish: Finish) -> tf.data.Dataset:
        """The batches of an epoch; for `seeds`, of run and epoch, int64 [2], always the same."""
        order = tf.random.experimental.stateless_shuffle(tf.range(self.size), seed=seeds)

        @tf.autograph.experimental.do_not_convert
        def take(chosen: tf.Tensor) -> Any:
            return finish(*(tf.gather(column, chosen) for column in self))

        return (
            tf.data.Dataset.from_tensor_slices(order)
            .batch(batch_size)
            .map(take, num_parallel_calls=tf.data.AUTOTUNE)
        )

    def chosen(self, order: np.ndarray) -> Split:
        """Some of the pictures, by their numbers."""
        return Split(*(tf.gather(column, order) for column in self))


@dataclass(frozen=True)
class Streamed:
    """A split that is not kept in memory.

    Attributes:
      files: TFRecord files, gzip-compressed, sorted.
      feature: that pictures are made of.
      pictures_of: makes them, as `Split.pictures` has them.
      size: number of pictures.
      picture_shape: as of a `Split`.
      is_features: as of a `Split`.
      buffer: pictures that are permuted at a time.
    """

    files: list[str]
    feature: str
    pictures_of: PicturesOf
    size: int
    picture_shape: tuple[int, ...]
    is_features: bool
    buffer: int

    def in_order(self, batch_size: int) -> tf.data.Dataset:
        """See `Split.in_order`."""
        return (
            records_in(self.files)
            .batch(batch_size)
            .map(self._columns, num_parallel_calls=tf.data.AUTOTUNE)
            .map(lambda pictures, labels, _: (pictures, labels))
            # Keras takes an end that it did not know of for a lack of data.
            .apply(tf.data.experimental.assert_cardinality(-(-self.size // batch_size)))
        )

    def epoch(self, batch_size: int, seeds: tf.Tensor, finish: Finish) -> tf.data.Dataset:
        """See `Split.epoch`."""
        files = tf.random.experimental.stateless_shuffle(tf.constant(self.files), seed=seeds)

        def permuted(number: tf.Tensor, buffered: tf.Tensor) -> tf.Tensor:
            of_buffer = tf.random.experimental.stateless_fold_in(seeds, number)
            return tf.random.experimental.stateless_shuffle(buffered, seed=of_buffer)

        @tf.autograph.experimental.do_not_convert
        def made(serialized: tf.Tensor) -> Any:
            return finish(*self._columns(serialized))

        return (
            tf.data.Dataset.from_tensor_slices(files)
            .interleave(records_in, cycle_length=min(_OPEN_FILES, len(self.files)))
            .batch(self.buffer)
            .enumerate()
            .map(permuted)
            .unbatch()
            .batch(batch_size)
            .map(made, num_parallel_calls=tf.data.AUTOTUNE)
        )

    def chosen(self, order: np.ndarray) -> Split:
        """See `Split.chosen`; reads all of it."""
        place = {number: position for position, number in enumerate(order.tolist())}
        rows: list[Any] = [None] * len(order)
        dataset = records_in(self.files).batch(_READ_BATCH).map(self._columns)
        for start, columns in enumerate(dataset.as_numpy_iterator()):
            for number in range(len(columns[1])):
                position = place.get(start * _READ_BATCH + number)
                if position is not None:
                    rows[position] = tuple(column[number] for column in columns)
        return _in_memory([np.stack(column) for column in zip(*rows, strict=True)])

    @tf.autograph.experimental.do_not_convert
    def _columns(self, serialized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return columns_of(serialized, self.feature, self.pictures_of)


#: A split, wherever it is.
AnySplit = Split | Streamed


def columns_of(
    serialized: tf.Tensor, feature: str, pictures_of: PicturesOf
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Pictures, labels and ids of serialized Examples, string [batch]."""
    stored, labels, ids = parse(serialized, feature, features.LABEL, features.EXAMPLE_ID)
    return pictures_of(stored), labels, ids


def read_split(
    file_patterns: Iterable[str], feature: str, pictures_of: PicturesOf, memory: int | None
) -> AnySplit:
    """A split whose pictures a function makes of a feature.

    Args:
      file_patterns: TFRecord files of Examples, gzip-compressed.
      feature: its name.
      pictures_of: the function.
      memory: bytes that the pictures may take in memory; with more, they are streamed, and a
        buffer's pictures, with the copies that permuting makes, take about as much. None: any.

    Raises:
      UserError: there is no picture in these files.
    """
    files = files_like(*file_patterns)

    @tf.autograph.experimental.do_not_convert  # nothing to convert, and trying takes seconds
    def read(serialized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return columns_of(serialized, feature, pictures_of)

    dataset = (
        records_in(files)
        .batch(_READ_BATCH)
        .map(read, num_parallel_calls=tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )
    batches: list[tuple[np.ndarray, ...]] = []
    taken = count = 0
    for batch in dataset.as_numpy_iterator():
        batches.append(batch)
        taken, count = taken + _bytes(batch[0]), count + len(batch[1])
        if memory is not None and taken > memory:
            first = batches[0][0]
            return Streamed(
                files=files,
                feature=feature,
                pictures_of=pictures_of,
                size=int(records_in(files).reduce(np.int64(0), lambda number, _: number + 1)),
                picture_shape=tuple(first.shape[1:]),
                is_features=first.dtype == np.float32,
                # Four copies: as read, permuted, in pieces, in batches.
                buffer=max(1, memory * count // taken // 4),
            )
    if not batches:
        raise UserError(f"no pictures in {', '.join(file_patterns)}")
    return _in_memory([np.concatenate(column) for column in zip(*batches, strict=True)])


def _bytes(pictures: np.ndarray) -> int:
    return sum(map(len, pictures)) if pictures.dtype == object else pictures.nbytes


def _in_memory(columns: Iterable[np.ndarray]) -> Split:
    with tf.device("CPU"):
        return Split(*(tf.constant(column) for column in columns))

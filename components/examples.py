"""The one reader of the Examples that ExampleGen wrote: in batches, and one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from components import features

_BATCH = 256
_TEXT = (features.CLASS_NAME, features.EXAMPLE_ID)

_BYTES = tf.io.FixedLenFeature([], tf.string)
_WHOLE = tf.io.FixedLenFeature([], tf.int64)
_SPECS = {
    features.IMAGE: _BYTES,
    features.LABEL: _WHOLE,
    features.CLASS_NAME: _BYTES,
    features.EXAMPLE_ID: _BYTES,
    features.BACKBONE: tf.io.FixedLenSequenceFeature([], tf.string, allow_missing=True),
}


def records(*patterns: str) -> tf.data.Dataset:
    """The serialized Examples of some files, string scalars, in the order of the files' names.

    Args:
      patterns: globs of TFRecord files, gzip-compressed.
    """
    return records_in(files_like(*patterns))


def files_like(*patterns: str) -> list[str]:
    """The files that globs match, sorted."""
    return sorted(file for pattern in patterns for file in tf.io.gfile.glob(pattern))


def records_of(split: str) -> tf.data.Dataset:
    """The serialized Examples of a split, see `records`.

    Args:
      split: its folder; its path is taken as it is, and never as a pattern.
    """
    return records_in(sorted(f"{split}/{name}" for name in tf.io.gfile.listdir(split)))


def records_in(files: Sequence[str] | tf.Tensor) -> tf.data.Dataset:
    """The serialized Examples of TFRecord files, gzip-compressed, one file after the other."""
    return without_tuner(tf.data.TFRecordDataset(files, compression_type="GZIP"))


def without_tuner(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """A data set, and all that is made of it, whose threads and buffers stay as they are.

    What tunes them while a data set is read sleeps in between, in the end for a minute. When the
    reading ends, TensorFlow wakes it and waits for it; now and then it does not wake, and the end
    of a training took as long as the training, doing nothing.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def parse(serialized: tf.Tensor, *names: str) -> tuple[tf.Tensor, ...]:
    """Features of serialized Examples, in a graph or outside.

    Args:
      serialized: string [n].
      names: of features, see `components.features`.

    Returns:
      One tensor a name: [n], string or int64; of `features.BACKBONE` [n, views].
    """
    parsed = tf.io.parse_example(serialized, {name: _SPECS[name] for name in names})
    return tuple(parsed[name] for name in names)


def read_examples(split: str, *names: str) -> Iterator[tuple[Any, ...]]:
    """The Examples of a split one by one, in the order of its files.

    Args:
      split: folder with TFRecord files, gzip-compressed.
      names: of features.

    Yields:
      One value a name: bytes, int, or (of names and ids) str.
    """
    for batch in records_of(split).batch(_BATCH):
        columns = (parsed.numpy() for parsed in parse(batch, *names))
        for values in zip(*columns, strict=True):
            yield tuple(map(_plain, names, values))


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return value.decode() if name in _TEXT else value


def with_feature(serialized: bytes, name: str, values: Sequence[bytes]) -> bytes:
    """A serialized Example with more values of a feature of bytes; b"" is an empty Example."""
    example = tf.train.Example.FromString(serialized)
    example.features.feature[name].bytes_list.value.extend(values)
    return example.SerializeToString(deterministic=True)

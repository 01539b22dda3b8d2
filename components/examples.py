"""Reads the Examples that ExampleGen wrote, one by one."""

from __future__ import annotations

from collections.abc import Iterator

import tensorflow as tf


def read_examples(split: str) -> Iterator[tf.train.Example]:
    """The Examples of a split, in the order of its files.

    Args:
      split: folder with TFRecord files, gzip-compressed.
    """
    files = sorted(tf.io.gfile.glob(f"{split}/*"))
    for record in tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator():
        yield tf.train.Example.FromString(record)


def bytes_of(example: tf.train.Example, name: str) -> bytes:
    """An Example's one value of a feature of bytes."""
    [value] = example.features.feature[name].bytes_list.value
    return value


def int_of(example: tf.train.Example, name: str) -> int:
    """An Example's one value of a feature of whole numbers."""
    [value] = example.features.feature[name].int64_list.value
    return value

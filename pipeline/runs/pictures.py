"""Reads pictures out of the Examples that ExampleGen wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from components import features
from components.examples import read_examples
from components.pictures import PictureFormat
from pipeline.settings.experiment import DataSet


@dataclass(frozen=True)
class Picture:
    """A picture as ExampleGen stored it, brought to the size of the data set.

    Attributes:
      example_id: its name.
      class_name: the name of its label.
      pixels: uint8 [height, width, channels].
    """

    example_id: str
    class_name: str
    pixels: np.ndarray


def read_pictures(
    examples: Path, split: str, example_ids: Iterable[str], dataset: DataSet
) -> dict[str, np.ndarray]:
    """Pictures by their ids, out of the Examples that ExampleGen wrote.

    Args:
      examples: ExampleGen's output.
      split: one of `components.features.SPLITS`.
      example_ids: of the pictures; an id that the split does not have is left out.
      dataset: the experiment's.

    Returns:
      id → uint8 [height, width, channels].
    """
    wanted, by_id = set(example_ids), {}
    for example_id, _, stored in _stored(examples, split):
        if example_id in wanted:
            by_id[example_id] = _pixels(stored, dataset)
        if len(by_id) == len(wanted):
            break
    return by_id


def first_of_each_class(examples: Path, split: str, count: int, dataset: DataSet) -> list[Picture]:
    """The first pictures of each class, class by class.

    Args:
      examples: ExampleGen's output.
      split: one of `components.features.SPLITS`.
      count: of pictures of each class; fewer where the class has fewer.
      dataset: the experiment's.
    """
    by_class: dict[str, list[Picture]] = {name: [] for name in dataset.class_names}
    for example_id, class_name, stored in _stored(examples, split):
        if len(by_class[class_name]) < count:
            pixels = _pixels(stored, dataset)
            by_class[class_name].append(Picture(example_id, class_name, pixels))
        if all(len(pictures) == count for pictures in by_class.values()):
            break
    return [picture for pictures in by_class.values() for picture in pictures]


def _stored(examples: Path, split: str) -> Iterator[tuple[str, str, bytes]]:
    """Example id, class name and stored bytes of each picture of a split."""
    columns = (features.EXAMPLE_ID, features.CLASS_NAME, features.IMAGE)
    yield from read_examples(str(examples / f"Split-{split}"), *columns)


def _pixels(stored: bytes, dataset: DataSet) -> np.ndarray:
    picture_format = PictureFormat.of_reader(
        dataset.reader,
        shape=dataset.shape,
        class_names=dataset.class_names,
        fit=dataset.fit,
    )
    return picture_format.decode(tf.constant(stored)).numpy()

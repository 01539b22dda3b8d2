"""A picture as a tf.train.Example, and the files that hold them."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import tensorflow as tf

from components import features
from components.ingestion.reader import Picture


def to_example(picture: Picture, class_names: Sequence[str]) -> bytes:
    """Serializes a picture as tf.train.Example with the raw features of `components.features`.

    A label outside the known classes keeps its number and gets the name "?"; validation
    stops the run and names it.
    """
    label = picture.label
    name = class_names[label] if 0 <= label < len(class_names) else "?"
    example = tf.train.Example()
    # Filling the map in place takes half the time of building it from Feature objects.
    feature = example.features.feature
    feature[features.IMAGE].bytes_list.value.append(picture.image)
    feature[features.LABEL].int64_list.value.append(label)
    feature[features.CLASS_NAME].bytes_list.value.append(name.encode())
    feature[features.EXAMPLE_ID].bytes_list.value.append(picture.example_id.encode())
    feature[features.AUGMENTATION_SEED].int64_list.value.append(0)
    feature[features.HEIGHT].int64_list.value.append(picture.height)
    feature[features.WIDTH].int64_list.value.append(picture.width)
    feature[features.MEAN_INTENSITY].float_list.value.append(picture.mean_intensity)
    return example.SerializeToString(deterministic=True)


@contextlib.contextmanager
def record_writer(path: str, scratch: Path) -> Iterator[tf.io.TFRecordWriter]:
    """Writes a TFRecord file that is in its place when it is complete.

    Args:
      path: of the file.
      scratch: folder for it until then, on the same disk.
    """
    temporary = f"{scratch}/{uuid.uuid4().hex}.part"
    options = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)
    with tf.io.TFRecordWriter(temporary, options) as writer:
        yield writer
    tf.io.gfile.rename(temporary, path, overwrite=True)

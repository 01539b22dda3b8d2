"""Pictures read out of Examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from pipeline.experiments import EXPERIMENTS
from pipeline.runs.pictures import read_pictures


def test_photographs_are_decoded_and_brought_to_size(tmp_path: Path) -> None:
    (tmp_path / "Split-test").mkdir()
    photograph = tf.io.encode_jpeg(np.full((60, 80, 3), 200, np.uint8), quality=100).numpy()
    values = {"example_id": b"a", "class_name": b"cat", "image": photograph}
    feature = {
        name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        for name, value in values.items()
    }
    with tf.io.TFRecordWriter(str(tmp_path / "Split-test" / "data.gz"), "GZIP") as file:
        example = tf.train.Example(features=tf.train.Features(feature=feature))
        file.write(example.SerializeToString())
    dataset = EXPERIMENTS["cnn-regularized"].dataset
    pictures = read_pictures(tmp_path, "test", ["a", "b"], dataset)
    assert list(pictures) == ["a"]
    assert pictures["a"].shape == dataset.shape
    assert abs(int(pictures["a"].mean()) - 200) <= 2

"""Pictures read out of Examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from components.ingestion.reader import Picture
from pipeline.experiments import EXPERIMENTS
from pipeline.runs.pictures import read_pictures
from tests.artifacts import write_test_split


def test_photographs_are_decoded_and_brought_to_size(tmp_path: Path) -> None:
    photograph = tf.io.encode_jpeg(np.full((60, 80, 3), 200, np.uint8), quality=100).numpy()
    write_test_split(tmp_path, [Picture("a", photograph, 0, 60, 80, 200)], ["cat", "dog"])
    dataset = EXPERIMENTS["cnn-regularized"].dataset
    pictures = read_pictures(tmp_path, "test", ["a", "b"], dataset)
    assert list(pictures) == ["a"]
    assert pictures["a"].shape == dataset.shape
    assert abs(int(pictures["a"].mean()) - 200) <= 2

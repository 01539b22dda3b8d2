"""The Robustness node on small models whose weakness is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components import features
from components.evaluator.corruptions import CORRUPTIONS, corrupt
from components.evaluator.robustness import Robustness
from components.evaluator.robustness_node import Executor, RobustnessSettings, read_result
from components.examples import parse
from components.ingestion.reader import Picture
from components.pictures import PictureFormat
from components.settings import to_json
from tests.artifacts import artifact_in, save_model, write_test_split

SIDE, PICTURES = 20, 60
CLASSES = ("dark", "bright")


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Pictures of class 0 are dark, of class 1 bright; all a little uneven."""
    labels = np.arange(PICTURES) % 2
    uneven = np.random.default_rng(0).integers(0, 10, (PICTURES, SIDE, SIDE, 3))
    return (80 + 110 * labels[:, None, None, None] + uneven).astype(np.uint8), labels


def model(folder: Path, threshold: float, *, encoded: bool) -> standard_artifacts.Model:
    """Says class 1 of every picture that is brighter than `threshold` on average."""

    def rule(serialized: tf.Tensor) -> tf.Tensor:
        (stored,) = parse(serialized, features.IMAGE)
        if encoded:
            kind = tf.TensorSpec([None, None, 3], tf.uint8)
            pixels = tf.map_fn(
                lambda file: tf.io.decode_png(file, 3), stored, fn_output_signature=kind
            )
        else:
            pixels = tf.reshape(tf.io.decode_raw(stored, tf.uint8), [-1, SIDE, SIDE, 3])
        return tf.reduce_mean(tf.cast(pixels, tf.float32), axis=[1, 2, 3]) > threshold

    return save_model(folder, rule)


def run(folder: Path, *, encoded: bool, limit: int = 2000) -> Robustness:
    images, labels = pictures()
    stored = [tf.io.encode_png(i).numpy() if encoded else i.tobytes() for i in images]
    examples = write_test_split(
        folder / "examples",
        (Picture(f"test/{n}", stored[n], int(labels[n]), SIDE, SIDE, 0) for n in range(PICTURES)),
        CLASSES,
    )
    left = artifact_in(folder / "robustness", standard_artifacts.ModelEvaluation)
    picture_format = PictureFormat(encoded=encoded, shape=(SIDE, SIDE, 3), class_names=CLASSES)
    settings = RobustnessSettings(pictures=limit, picture_format=picture_format)
    Executor().Do(
        {
            "examples": [examples],
            "baseline": [model(folder / "baseline", 130.0, encoded=encoded)],
            "candidate": [model(folder / "candidate", 100.0, encoded=encoded)],
        },
        {"robustness": [left]},
        {"settings": to_json(settings), "code": ""},
    )
    return read_result(folder / "robustness")


@pytest.mark.parametrize("encoded", [False, True])
def test_each_model_loses_where_it_is_weak(tmp_path: Path, encoded: bool) -> None:
    found = run(tmp_path, encoded=encoded)
    assert found.pictures == PICTURES
    assert (found.clean.baseline_accuracy, found.clean.candidate_accuracy) == (1, 1)
    assert len(found.rows) == 3 * len(CORRUPTIONS)
    given, labels = pictures()
    names = [f"test/{number}" for number in range(PICTURES)]
    for row in found.rows:
        [corruption] = [one for one in CORRUPTIONS if one.name == row.corruption]
        assert row.amount == corruption.amounts[row.severity - 1]
        means = corrupt(given, names, corruption, row.severity).mean(axis=(1, 2, 3))
        assert row.baseline_accuracy == pytest.approx(((means > 130) == labels).mean())
        assert row.candidate_accuracy == pytest.approx(((means > 100) == labels).mean())
    brightest = next(r for r in found.rows if (r.corruption, r.severity) == ("brightness", 3))
    # Brightened by 0.3 of the range, the dark half are bright for both; darkened, the bright
    # half stay bright only for the lower threshold.
    assert brightest.baseline_accuracy < brightest.candidate_accuracy < 1
    assert brightest.difference.estimate == pytest.approx(
        brightest.candidate_accuracy - brightest.baseline_accuracy
    )
    mean = np.mean([row.candidate_accuracy for row in found.rows])
    assert found.corrupted.candidate_accuracy == pytest.approx(mean)


def test_a_limit_takes_a_stable_part_of_the_pictures(tmp_path: Path) -> None:
    one, again = (run(tmp_path / name, encoded=False, limit=20) for name in ("one", "again"))
    assert one.pictures == 20
    assert one == again

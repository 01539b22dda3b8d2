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
from components.pictures import PictureFormat
from components.settings import to_json

SIDE, PICTURES = 20, 60


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """Pictures of class 0 are dark, of class 1 bright; all a little uneven."""
    labels = np.arange(PICTURES) % 2
    uneven = np.random.default_rng(0).integers(0, 10, (PICTURES, SIDE, SIDE, 3))
    return (80 + 110 * labels[:, None, None, None] + uneven).astype(np.uint8), labels


class Model(tf.Module):
    """Says class 1 of every picture that is brighter than `threshold` on average."""

    def __init__(self, threshold: float, encoded: bool):
        super().__init__()
        self._threshold, self._encoded = threshold, encoded

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {features.IMAGE: tf.io.FixedLenFeature([], tf.string)}
        stored = tf.io.parse_example(examples, spec)[features.IMAGE]
        kind = tf.TensorSpec([None, None, 3], tf.uint8)
        if self._encoded:
            pixels = tf.map_fn(
                lambda one: tf.io.decode_png(one, 3), stored, fn_output_signature=kind
            )
        else:
            pixels = tf.reshape(tf.io.decode_raw(stored, tf.uint8), [-1, SIDE, SIDE, 3])
        bright = tf.reduce_mean(tf.cast(pixels, tf.float32), axis=[1, 2, 3]) > self._threshold
        of_one = tf.where(bright, 0.9, 0.1)
        return {"probabilities": tf.stack([1 - of_one, of_one], axis=1)}


def run(folder: Path, *, encoded: bool, limit: int = 2000) -> Robustness:
    given, labels = pictures()
    (folder / "Split-test").mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "Split-test" / "a.gz"), "GZIP") as writer:
        for number, (picture, label) in enumerate(zip(given, labels, strict=True)):
            value = (example := tf.train.Example()).features.feature
            stored = tf.io.encode_png(picture).numpy() if encoded else picture.tobytes()
            value[features.IMAGE].bytes_list.value.append(stored)
            value[features.EXAMPLE_ID].bytes_list.value.append(f"test/{number}".encode())
            value[features.LABEL].int64_list.value.append(int(label))
            writer.write(example.SerializeToString())
    examples = standard_artifacts.Examples()
    examples.uri, examples.split_names = str(folder), '["test"]'
    models = []
    for name, threshold in (("baseline", 130.0), ("candidate", 100.0)):
        made, model = Model(threshold, encoded), standard_artifacts.Model()
        model.uri = str(folder / name)
        path = f"{model.uri}/Format-Serving"
        tf.saved_model.save(made, path, signatures={"evaluate": made.evaluate})
        models.append(model)
    left = standard_artifacts.ModelEvaluation()
    left.uri = str(folder / "robustness")
    Path(left.uri).mkdir()
    picture_format = PictureFormat(
        encoded=encoded, shape=(SIDE, SIDE, 3), class_names=("dark", "bright")
    )
    settings = RobustnessSettings(pictures=limit, picture_format=picture_format)
    Executor().Do(
        {"examples": [examples], "baseline": [models[0]], "candidate": [models[1]]},
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

"""What the serving check finds wrong with a model's answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.serving.answer import AnswerError, Answers, ask
from components.serving.check import problems

NAMES = ["cat", "dog"]
EVALUATED = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
NONE = np.zeros([1, 2], np.float32)  # what is answered for the file that is no picture
GOOD = Answers(
    np.concatenate([EVALUATED, NONE]),
    class_id=np.array([0, 1, -1]),
    class_name=np.array([*NAMES, ""]),
    valid=np.array([True, True, False]),
)


def with_none(evaluated: np.ndarray) -> np.ndarray:
    return np.concatenate([evaluated, NONE])


def test_answers_as_evaluated_are_fine() -> None:
    assert problems(GOOD, EVALUATED, NAMES) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"probabilities": EVALUATED}, "probabilities are float32 (2, 2), not float32 (3, 2)"),
        (
            {"probabilities": with_none(EVALUATED).astype(float)},
            "probabilities are float64",
        ),
        ({"probabilities": with_none(EVALUATED * 1.01)}, "do not sum to 1"),
        (
            {"probabilities": with_none(EVALUATED * np.array([[1], [np.nan]], np.float32))},
            "1 of 2 pictures are not numbers (NaN): the training has diverged",
        ),
        ({"valid": np.array([True, True, True])}, "valid is not what tells pictures"),
        ({"valid": np.array([True, False, False])}, "valid is not what tells pictures"),
        ({"class_id": np.array([1, 1, -1])}, "class_id is not the most probable class"),
        ({"class_name": np.array(["dog", "dog", ""])}, "class_name is not the name of class_id"),
        (
            {"probabilities": with_none(EVALUATED + np.array([1e-4, -1e-4], np.float32))},
            "differ by 0.0001 from its Example's",
        ),
    ],
)
def test_each_mistake_is_named(changes: dict[str, np.ndarray], said: str) -> None:
    found = problems(dataclasses.replace(GOOD, **changes), EVALUATED, NAMES)
    assert said in " ".join(found)


def test_a_model_is_asked_in_a_process_of_its_own(tmp_path: Path) -> None:
    class Lengths(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image")])
        def serve(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
            length = tf.cast(tf.strings.length(image), tf.float32)[:, None]
            ids = tf.zeros_like(length[:, 0], tf.int64)
            return {
                "probabilities": length,
                "class_id": ids,
                "class_name": tf.gather(["größe"], ids),
                "valid": tf.equal(ids, 0),
            }

    module = Lengths()
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": module.serve})
    answers = ask(tmp_path, [b"ab\0\0", b"c"])
    assert answers.probabilities[:, 0].tolist() == [4, 1]
    assert list(answers.class_name) == ["größe"] * 2


def test_why_a_model_cannot_be_asked_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AnswerError) as error:
        ask(tmp_path, [b"a"])
    assert "SavedModel" in str(error.value)
    assert "\n" not in str(error.value)

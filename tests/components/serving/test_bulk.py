"""Bulk inference on Beam, by a model whose answers are known."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from components.names import FROM_FILES, PROBABILITIES
from components.serving import bulk
from components.serving.bulk import infer
from pipeline.beam_options import IN_MEMORY


def read(name: str) -> bytes | str:
    """As many bytes as the name says; a name that says none has no picture."""
    return bytes(int(name)) if int(name) else "is no picture"


@pytest.fixture(scope="module")
def lengths(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that answers how long the files are."""
    folder = str(tmp_path_factory.mktemp("model"))
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="image")])
    def answer(image: tf.Tensor) -> dict[str, tf.Tensor]:
        length = tf.cast(tf.strings.length(image), tf.float32)
        return {PROBABILITIES: tf.stack([length, -length], axis=1)}

    tf.saved_model.save(module, folder, {FROM_FILES: answer})
    return folder


@pytest.mark.parametrize(
    "beam_args",
    [(), ("--direct_running_mode=multi_processing", "--direct_num_workers=2")],
    ids=["in memory", "two processes"],
)
def test_answers_come_in_order_and_what_is_no_picture_is_one_row(
    lengths: str, beam_args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_OF_PART", 20)
    names = [str(index % 7) for index in range(205)]  # ten parts and a quarter
    answers = list(infer(lengths, iter(names), read, tmp_path, [*IN_MEMORY, *beam_args]))
    assert [answer.name for answer in answers] == names
    for name, probabilities, error in answers:
        assert probabilities == ([] if name == "0" else [float(name), -float(name)])
        assert error == ("is no picture" if name == "0" else "")


def test_batches_are_bounded_by_pictures_and_by_bytes(
    lengths: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_MOST_PICTURES", 4)
    monkeypatch.setattr(bulk, "_MOST_BYTES", 10)
    names = ["1"] * 6 + ["10", "10"] + ["0"] * 5
    answers = list(infer(lengths, names, read, tmp_path, IN_MEMORY))
    assert [answer.name for answer in answers] == names
    assert len(list(tmp_path.glob("rows-0-*"))) == 5  # 4; 2 and the first long one; 1; 4 and 1 none


def test_no_pictures_have_no_answers(tmp_path: Path) -> None:
    assert list(infer("no model is looked at", [], read, tmp_path, IN_MEMORY)) == []

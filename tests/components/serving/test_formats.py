"""A model in every format, written and asked in processes apart."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.errors import UserError
from components.names import ARCHITECTURE, FROM_PIXELS, PROBABILITIES
from components.serving import formats
from components.serving.formats import FORMATS, ask, check_packages, write
from components.trainer.export import variables_of

PIXELS = np.random.default_rng(0).integers(0, 256, (23, 6, 5, 3), dtype=np.uint8)


def save(folder: Path, model: keras.Model, *, strings: bool = False) -> np.ndarray:
    """A SavedModel as the Trainer exports one, as far as formats look at it.

    Args:
      folder: for it.
      model: from pixels 0 … 1 to probabilities.
      strings: whether it takes the pixels through a picture file, as no phone can.

    Returns:
      What it says of `PIXELS`.
    """
    module = tf.Module()
    module.model_variables = variables_of(model)

    @tf.function(input_signature=[tf.TensorSpec([None, 6, 5, 3], tf.uint8, name="pixels")])
    def from_pixels(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        if strings:
            pixels = tf.map_fn(lambda one: tf.io.decode_png(tf.io.encode_png(one)), pixels)
            pixels = tf.ensure_shape(pixels, [None, 6, 5, 3])
        return {PROBABILITIES: model(tf.cast(pixels, tf.float32) / 255.0, training=False)}

    tf.saved_model.save(module, str(folder), {FROM_PIXELS: from_pixels})
    layers = folder / ARCHITECTURE
    layers.parent.mkdir()
    layers.write_text(model.to_json())
    answers: np.ndarray = from_pixels(PIXELS)[PROBABILITIES].numpy()
    return answers


def small_cnn() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.layers.Input((6, 5, 3)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )


@pytest.mark.parametrize("name", FORMATS)
def test_a_model_says_the_same_in_every_format(name: str, tmp_path: Path) -> None:
    if any(importlib.util.find_spec(package) is None for package in FORMATS[name].packages):
        pytest.skip(f"{name} needs {', '.join(FORMATS[name].packages)}")
    expected = save(tmp_path / "model", small_cnn())
    output = tmp_path / f"output{FORMATS[name].ending}"
    write(name, tmp_path / "model", output)
    answers = ask(name, output, PIXELS, tmp_path)
    assert answers.shape == (23, 4)
    assert np.abs(answers - expected).max() <= (0.05 if FORMATS[name].quantized else 1e-6)


def test_what_cannot_be_converted_is_one_line(tmp_path: Path) -> None:
    save(tmp_path / "model", small_cnn(), strings=True)
    with pytest.raises(UserError, match="the model cannot be had as tflite: .") as error:
        write("tflite", tmp_path / "model", tmp_path / "output.tflite")
    assert "\n" not in str(error.value)


def test_a_converter_that_ends_its_process_ends_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aborts = tmp_path / "python"
    aborts.write_text("#!/bin/sh\necho 'LLVM ERROR: no idea' >&2\nkill -ABRT $$\n")
    aborts.chmod(0o755)
    monkeypatch.setattr(formats.sys, "executable", str(aborts))
    with pytest.raises(UserError, match=r"ended by SIGABRT \(LLVM ERROR: no idea\)"):
        write("tflite", tmp_path / "model", tmp_path / "output.tflite")


def test_layers_of_somebody_else_are_not_run(tmp_path: Path) -> None:
    save(tmp_path / "model", small_cnn())
    layers = tmp_path / "model" / ARCHITECTURE
    text = layers.read_text()
    assert '"module": "keras.layers"' in text
    layers.write_text(text.replace('"module": "keras.layers"', '"module": "theirs.layers"', 1))
    with pytest.raises(UserError, match=r"layers of theirs\.layers, which is no part of"):
        write("keras", tmp_path / "model", tmp_path / "output.keras")


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    check_packages("tflite")
    with pytest.raises(UserError, match=r"needs tf2onnx and onnxruntime: pip install .*\[onnx\]"):
        check_packages("onnx")

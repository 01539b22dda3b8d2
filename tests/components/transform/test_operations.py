"""Each operation against the Keras layer of its name.

The reference is Keras 2 (`tf_keras`), whose layers do what Keras documents; docs/augmentation.md
says where Keras 3 does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import UserError
from components.transform.operations import (
    Operation,
    RandomBrightness,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    Rescaling,
    Resizing,
    move,
)

RANDOM = np.random.default_rng(0)
# Smooth, so that a difference in interpolation would show and rounding would not.
PICTURES = tf_keras.layers.Resizing(36, 52)(RANDOM.uniform(0, 255, (4, 7, 9, 3))).numpy()


def drawn(operation: Operation, pictures: np.ndarray = PICTURES, seed: int = 0) -> np.ndarray:
    shape = (len(pictures), operation.numbers)
    numbers = np.random.default_rng(seed).uniform(size=shape).astype(np.float32)
    return operation.draw(tf.constant(pictures), tf.constant(numbers)).numpy()


# With equal bounds a layer's draw is no longer random, and can be compared.
@pytest.mark.parametrize("fill_mode", ["reflect", "wrap", "constant", "nearest"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("RandomRotation", {"factor": (0.1, 0.1)}),
        ("RandomRotation", {"factor": (-0.3, -0.3)}),
        ("RandomZoom", {"height_factor": (0.2, 0.2)}),
        ("RandomZoom", {"height_factor": (-0.3, -0.3), "width_factor": (0.1, 0.1)}),
        ("RandomTranslation", {"height_factor": (0.2, 0.2), "width_factor": (-0.1, -0.1)}),
    ],
)
def test_what_is_moved_lands_where_keras_puts_it(
    name: str, arguments: dict[str, Any], fill_mode: str
) -> None:
    arguments = {**arguments, "fill_mode": fill_mode, "fill_value": 7.0}
    layer = getattr(tf_keras.layers, name)(**arguments)
    operation = globals()[name](**arguments)
    assert np.abs(drawn(operation) - layer(PICTURES, training=True)).max() < 0.05


@pytest.mark.parametrize("share", [-0.7, 0.3])
def test_brightness_is_added_as_keras_adds_it(share: float) -> None:
    layer = tf_keras.layers.RandomBrightness((share, share))
    expected = layer(PICTURES, training=True)
    assert np.abs(drawn(RandomBrightness((share, share))) - expected).max() < 0.01


@pytest.mark.parametrize("contrast", [0.4, 1.0, 1.6])
def test_contrast_changes_about_each_channels_mean(contrast: float) -> None:
    mean = PICTURES.mean(axis=(1, 2), keepdims=True)
    expected = np.clip((PICTURES - mean) * contrast + mean, 0, 255)
    found = drawn(RandomContrast((1 - contrast, contrast - 1)))
    assert np.abs(found - expected).max() < 0.01


def test_contrast_is_drawn_from_both_sides_of_one() -> None:
    pictures = np.repeat(PICTURES[:1] / 4 + 90, 300, axis=0)  # far from what is clipped
    spread = drawn(RandomContrast(0.2), pictures).std(axis=(1, 2, 3)) / pictures[0].std()
    assert 0.79 < spread.min() < 0.83
    assert 1.17 < spread.max() < 1.21


@pytest.mark.parametrize(("height", "width"), [(20, 30), (36, 20), (40, 30), (30, 60), (50, 70)])
def test_outside_of_training_a_crop_is_the_middle_as_keras_takes_it(
    height: int, width: int
) -> None:
    expected = tf_keras.layers.RandomCrop(height, width)(PICTURES, training=False)
    found = RandomCrop(height, width).infer(tf.constant(PICTURES))
    assert np.abs(found - expected).max() < 0.01
    fitted = tf_keras.layers.Resizing(height, width, crop_to_aspect_ratio=True)(PICTURES)
    assert np.abs(found - fitted).max() < 0.01


def test_a_crop_of_a_picture_that_is_too_small_is_the_middle() -> None:
    crop = RandomCrop(40, 30)
    assert np.array_equal(drawn(crop), crop.infer(tf.constant(PICTURES)))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 36), st.integers(1, 52), st.integers(0, 1000))
def test_a_crop_is_a_piece_of_the_picture(height: int, width: int, seed: int) -> None:
    rows, columns = np.mgrid[0:36, 0:52].astype(np.float32)
    picture = np.stack([rows, columns, rows], axis=-1)[None]
    [cut] = drawn(RandomCrop(height, width), picture, seed)
    top, left = cut[0, 0, :2].astype(int)
    assert np.array_equal(cut, picture[0, top : top + height, left : left + width])


def test_a_flip_mirrors() -> None:
    coins = tf.constant([[0.2, 0.9], [0.9, 0.2], [0.2, 0.2], [0.9, 0.9]])
    flipped = RandomFlip().draw(tf.constant(PICTURES), coins).numpy()
    expected = [
        PICTURES[0][:, ::-1],
        PICTURES[1][::-1],
        PICTURES[2][::-1, ::-1],
        PICTURES[3],
    ]
    assert np.array_equal(flipped, np.stack(expected))
    across = RandomFlip("horizontal").draw(tf.constant(PICTURES), coins).numpy()
    assert np.array_equal(across[1], PICTURES[1])


def test_movements_are_composed_in_their_order() -> None:
    # By whole pixels, so that one interpolation or three give the same.
    down = RandomTranslation((0.25, 0.25), (0.0, 0.0), fill_mode="wrap")
    right = RandomTranslation((0.0, 0.0), (0.25, 0.25), fill_mode="wrap")
    movements = [down, RandomFlip(), right]
    numbers = tf.constant(np.random.default_rng(0).uniform(size=(4, 6)).astype(np.float32))
    one_by_one = tf.constant(PICTURES)
    for index, movement in enumerate(movements):
        one_by_one = movement.draw(one_by_one, numbers[:, 2 * index : 2 * index + 2])
    composed = move(tf.constant(PICTURES), movements, numbers)
    assert np.abs(composed - one_by_one).max() < 0.05


def test_resizing_and_rescaling_always_act() -> None:
    resized = Resizing(20, 30).infer(tf.constant(PICTURES))
    expected = tf_keras.layers.Resizing(20, 30)(PICTURES)
    assert np.abs(resized - expected).max() < 0.01
    assert np.allclose(Rescaling(2.0, -1.0).infer(tf.constant(PICTURES)), PICTURES * 2 - 1)
    assert np.array_equal(drawn(Resizing(20, 30)), resized)


@pytest.mark.parametrize(
    "operation",
    [
        RandomFlip(),
        RandomRotation(0.5),
        RandomZoom(0.2),
        RandomTranslation(0.1, 0.1),
        RandomContrast(0.3),
        RandomBrightness(0.2),
    ],
)
def test_outside_of_training_nothing_else_happens(operation: Operation) -> None:
    assert np.array_equal(operation.infer(tf.constant(PICTURES)), PICTURES)
    assert operation.output_size(36, 52) == (36, 52)
    assert not np.array_equal(drawn(operation), PICTURES)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: RandomFlip("diagonal"), "RandomFlip: mode must be one of horizontal, vertical"),
        (lambda: RandomRotation(1.5), "RandomRotation: a factor must lie between -1 and 1"),
        (lambda: RandomRotation(0.1, fill_mode="black"), "fill_mode must be one of reflect"),
        (lambda: RandomZoom(-1.0), "RandomZoom: a factor must be above -1"),
        (lambda: RandomContrast(1.5), "the lower factor must be at most 1"),
    ],
)
def test_a_parameter_out_of_range_is_named(make: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        make()

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from components.transform.augmentation import POLICIES, augment
from components.transform.preprocessing import preprocessing_fn

PICTURES = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 1), dtype=np.uint8)


def preprocess(seeds: list[int], augmentation: str) -> np.ndarray:
    outputs = preprocessing_fn(
        {
            "image": tf.constant([[picture.tobytes()] for picture in PICTURES]),
            "label": tf.constant([[i] for i in range(6)], tf.int64),
            "augmentation_seed": tf.constant([[seed] for seed in seeds], tf.int64),
        },
        {"shape": [28, 28, 1], "encoded": False, "augmentation": augmentation},
    )
    assert outputs["label"].numpy().tolist() == list(range(6))
    return outputs["pixels"].numpy()


@pytest.mark.parametrize("augmentation", ["", *POLICIES])
def test_seed_0_gives_the_picture_as_it_is(augmentation: str) -> None:
    pixels = preprocess([0] * 6, augmentation)
    assert pixels.dtype == np.float32
    assert np.array_equal(pixels, PICTURES.astype(np.float32) / np.float32(255))


def test_without_a_policy_the_seed_changes_nothing() -> None:
    assert np.array_equal(preprocess([7] * 6, ""), preprocess([0] * 6, ""))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 2**62))
def test_a_seed_gives_the_same_picture_every_time(seed: int) -> None:
    once, again = (
        augment(PICTURES, tf.fill([6], tf.constant(seed, tf.int64)), "fashion").numpy()
        for _ in range(2)
    )
    assert np.array_equal(once, again)
    assert once.shape == PICTURES.shape
    assert once.dtype == np.uint8


def test_pictures_of_one_batch_are_drawn_one_by_one() -> None:
    same = np.repeat(PICTURES[:1], 50, axis=0)
    drawn = augment(same, tf.range(1, 51, dtype=tf.int64), "fashion").numpy()
    assert len({picture.tobytes() for picture in drawn}) > 25


def test_the_high_part_of_a_seed_counts_too() -> None:
    low, high = (
        augment(PICTURES, tf.fill([6], tf.constant(seed, tf.int64)), "fashion").numpy()
        for seed in (5, 5 + (3 << 31))
    )
    assert not np.array_equal(low, high)

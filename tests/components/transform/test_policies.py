"""Policies under a seed: what seed 0 does, and how the draws of other seeds are distributed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from components.errors import UserError
from components.pictures import decode
from components.transform.operations import (
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomRotation,
    Rescaling,
)
from components.transform.policies import (
    POLICIES,
    Policy,
    _steps,
    augment,
    find_policy,
    output_shape,
)
from pipeline.datasets.samples.dogs_vs_cats import write_photo_sample

PICTURES = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 1), dtype=np.uint8)
SOFT: Policy = (RandomRotation(0.01),)
TWICE: Policy = (Rescaling(1 / 127.5, -1.0),)
NONE = "a string"


def under(seeds: list[int] | np.ndarray, policy: Policy, pictures: np.ndarray) -> np.ndarray:
    return augment(tf.constant(pictures), tf.constant(seeds, tf.int64), policy).numpy()


KERAS = {
    "dog": [tf_keras.layers.RandomCrop(150, 200)],
    "cat": [tf_keras.layers.RandomFlip(), tf_keras.layers.RandomRotation(0.5)],
}


def check_inference(policy: str, files: list[Path]) -> None:
    stack = [tf_keras.layers.Resizing(256, 256), tf_keras.layers.Rescaling(1 / 255)]
    layers = tf_keras.Sequential(stack + KERAS[policy])
    for file in files:
        picture = decode(tf.io.read_file(str(file)), 3)[None].numpy()
        expected = layers(picture.astype(np.float32), training=False)
        found = under([0], POLICIES[policy], picture)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= 1 / 255


@pytest.mark.parametrize("policy", ["dog", "cat"])
def test_seed_0_is_what_the_exercises_layers_do_outside_of_training(
    policy: str, tmp_path: Path
) -> None:
    write_photo_sample(tmp_path)
    check_inference(policy, sorted(tmp_path.rglob("*.jpg"))[:10])


@pytest.mark.real_data
@pytest.mark.parametrize("policy", ["dog", "cat"])
def test_and_on_real_photographs(policy: str, real_data: Path) -> None:
    check_inference(policy, sorted((real_data / "dogs-vs-cats/train").glob(f"{policy}.*"))[:50])


# Distributions over the seeds 1 … 2,000, by Kolmogorov and Smirnov, chi-square or binomial
# tests. A sound draw falls below the tolerance once in a thousand test suites that use other
# seeds; with these seeds, always or never.
SEEDS = np.arange(1, 2001)
TOLERANCE = 0.001


def places(size: int, policy: Policy) -> np.ndarray:
    """Where a policy takes the pixels of a size × size picture from: [seed, h, w, (row, column)].

    A picture can tell 0 … 255 only, so row and column must fit into that.
    """
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
    pictures = np.stack([rows, columns, rows], axis=-1)[None].repeat(len(SEEDS) // 20, axis=0)
    in_graph = tf.function(augment)  # as in a training
    found = [
        in_graph(tf.constant(pictures), tf.constant(some), policy)[..., :2].numpy() * 255
        for some in np.split(SEEDS, 20)
    ]
    return np.concatenate(found)


def test_crops_are_taken_from_anywhere() -> None:
    found = places(112, (RandomCrop(6, 56),))
    for axis, offsets in enumerate((107, 57)):
        starts = np.rint(found[:, 0, 0, axis]).astype(int)
        counts = np.bincount(starts, minlength=offsets)
        assert len(counts) == offsets  # 0 … 106 down, 0 … 56 across
        assert stats.chisquare(counts).pvalue > TOLERANCE
    down, across = np.rint(found[:, 0, 0]).T
    assert stats.spearmanr(down, across).pvalue > TOLERANCE


def test_every_second_picture_is_flipped_each_way() -> None:
    found = places(4, (RandomFlip(),))
    upside_down, mirrored = (np.rint(found[:, 0, 0, axis]) == 3 for axis in (0, 1))
    for flipped in (upside_down, mirrored):
        assert stats.binomtest(int(flipped.sum()), len(SEEDS)).pvalue > TOLERANCE
    both = int((upside_down == mirrored).sum())
    assert stats.binomtest(both, len(SEEDS)).pvalue > TOLERANCE  # two coins, not one


@pytest.mark.parametrize("factor", [0.5, 0.1])
def test_angles_are_spread_evenly(factor: float) -> None:
    # The way from left to right: 56 pixels, each end of it told to half a pixel.
    found = places(64, (RandomRotation(factor),))
    way = found[:, 32, 60] - found[:, 32, 4]
    angles = np.arctan2(way[:, 0], way[:, 1]) / (2 * np.pi)
    uniform = stats.uniform(-factor, 2 * factor)
    assert stats.kstest(angles, uniform.cdf).pvalue > TOLERANCE
    assert np.abs(angles).max() > 0.99 * factor


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 2**62), st.sampled_from(sorted(POLICIES)))
def test_a_seed_gives_the_same_picture_every_time_and_beside_any_other(
    seed: int, name: str
) -> None:
    alone = under([seed], POLICIES[name], PICTURES[:1])
    among = under([5, seed, 0], POLICIES[name], PICTURES[[1, 0, 2]])
    assert np.array_equal(alone[0], among[1])
    assert np.array_equal(among[2:], under([0], POLICIES[name], PICTURES[2:3]))


@pytest.mark.parametrize("name", ["photo", "fashion", "cat", "dog"])
def test_pictures_of_one_batch_are_drawn_one_by_one(name: str) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
    drawn = under(np.arange(1, 31), POLICIES[name], np.repeat(picture, 30, axis=0))
    assert len({picture.tobytes() for picture in drawn}) == 30


@pytest.mark.parametrize(
    ("policy", "steps"),
    [
        (POLICIES["photo"], [4, 1]),
        (POLICIES["fashion"], [2]),
        (POLICIES["cat"], [1, 1, 2]),
        ((RandomRotation(0.1), RandomRotation(0.1, fill_mode="constant"), RandomFlip()), [1, 2]),
        ((RandomFlip(), RandomContrast(0.1), RandomRotation(0.1)), [1, 1, 1]),
    ],
)
def test_movements_that_follow_each_other_cost_one_interpolation(
    policy: Policy, steps: list[int]
) -> None:
    assert [len(step) for step in _steps(policy)] == steps


def test_low_and_high_part_of_a_seed_count() -> None:
    results = [under([seed] * 6, POLICIES["photo"], PICTURES) for seed in (5, 6, 5 + (3 << 40))]
    assert not np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


@pytest.mark.parametrize("name", ["photo", "fashion"])
def test_pixels_are_whole_multiples_and_seed_0_changes_nothing(name: str) -> None:
    as_they_are = under([0] * 6, POLICIES[name], PICTURES)
    assert np.array_equal(as_they_are, PICTURES.astype(np.float32) / np.float32(255))
    drawn = under(np.arange(1, 7), POLICIES[name], PICTURES)
    assert drawn.dtype == np.float32
    assert np.array_equal(drawn, np.rint(drawn * 255).astype(np.float32) / np.float32(255))
    assert 0 <= drawn.min() <= drawn.max() <= 1


def test_it_can_be_traced_for_batches_of_any_size() -> None:
    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 64, 64, 3], tf.uint8),
            tf.TensorSpec([None], tf.int64),
        ]
    )
    def traced(pictures: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
        return augment(pictures, seeds, POLICIES["dog"])

    assert traced(np.zeros((3, 64, 64, 3), np.uint8), [0, 1, 2]).shape == (3, 150, 200, 3)
    assert traced(np.zeros((0, 64, 64, 3), np.uint8), np.zeros(0, np.int64)).shape[0] == 0


def test_the_shape_that_models_get_is_known_beforehand() -> None:
    assert output_shape(POLICIES["dog"], [128, 128, 3]) == (150, 200, 3)
    assert output_shape(POLICIES["photo"], [128, 96, 3]) == (128, 96, 3)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("foto", "no augmentation policy 'foto': did you mean photo?"),
        ("zzz", "there is dog, cat, photo, fashion"),
        ("cat=cat,dog=dog", "would learn to tell the policies apart, not the pictures"),
        ("nowhere.SOFT", "no module 'nowhere'"),
        (f"{__name__}.NONE", "is not a tuple of operations"),
        (f"{__name__}.TWICE", "may rescale once, by Rescaling"),
    ],
)
def test_a_policy_that_cannot_be_used_costs_one_line(name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        find_policy(name)


@pytest.mark.parametrize("name", POLICIES)
def test_strength_0_is_off_and_1_the_policy_as_it_is(name: str) -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (8, 40, 30, 3)).astype(np.uint8)
    np.testing.assert_array_equal(
        under([5] * 8, find_policy(name, 0.0), pictures),
        under([0] * 8, find_policy(name), pictures),
    )
    assert find_policy(name, 1.0) == POLICIES[name]


def test_a_weaker_policy_changes_pictures_less() -> None:
    flips = [RandomFlip("horizontal").with_strength(strength) for strength in (0.0, 0.5, 1.0, 2.0)]
    assert [flip.share for flip in flips] == [0.0, 0.25, 0.5, 1.0]
    assert RandomCrop(16, 16).with_strength(0.5).reach == 0.5
    picture = np.random.default_rng(1).integers(0, 256, (1, 32, 32, 3)).astype(np.uint8)
    many = np.repeat(picture, 32, axis=0)

    def change(strength: float) -> float:
        policy = (RandomRotation(0.1).with_strength(strength),)
        seen = under(np.arange(1, 33), policy, many)
        return float(np.abs(np.rint(255 * seen) - many).mean())

    assert 0 == change(0.0) < change(0.05) < change(1.0)


@pytest.mark.parametrize(("name", "strength"), [("photo", 100.0), ("fashion", 15.0)])
def test_a_policy_cannot_be_stronger_than_its_operations_can(name: str, strength: float) -> None:
    with pytest.raises(UserError, match=rf"^augmentation_strength={strength:g}: Random\w+: "):
        find_policy(name, strength)


def test_a_policy_of_ones_own_is_found_by_its_import_path() -> None:
    assert find_policy(f"{__name__}.SOFT") == SOFT

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from components.pictures import PictureFormat, decode_all, encode_all
from components.transform.policies import POLICIES, output_shape
from components.transform.preprocessing import TransformSettings, custom_config, preprocessing_fn

PICTURES = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 1), dtype=np.uint8)


def preprocess(
    images: list[bytes], seeds: list[int], augmentation: str, *, encoded: bool = False
) -> np.ndarray:
    picture_format = PictureFormat(encoded=encoded, shape=(28, 28, 1), class_names=("a", "b"))
    outputs = preprocessing_fn(
        {
            "image": tf.constant([[image] for image in images]),
            "label": tf.constant([[i] for i in range(6)], tf.int64),
            "augmentation_seed": tf.constant([[seed] for seed in seeds], tf.int64),
        },
        custom_config(TransformSettings(picture_format=picture_format, augmentation=augmentation)),
    )
    assert outputs["label"].numpy().tolist() == list(range(6))
    return outputs["pixels"].numpy()


RAW = [picture.tobytes() for picture in PICTURES]


@pytest.mark.parametrize("augmentation", ["", "photo", "fashion"])
def test_seed_0_gives_the_picture_as_it_is(augmentation: str) -> None:
    pixels = preprocess(RAW, [0] * 6, augmentation)
    assert pixels.dtype == np.float32
    assert np.array_equal(pixels, PICTURES.astype(np.float32) / np.float32(255))


def test_without_a_policy_the_seed_changes_nothing() -> None:
    assert np.array_equal(preprocess(RAW, [7] * 6, ""), preprocess(RAW, [0] * 6, ""))


@pytest.mark.parametrize("seeds", [[0] * 6, [1, 2, 3, 4, 5, 6]])
def test_encoded_pictures_are_the_same_pictures(seeds: list[int]) -> None:
    files = encode_all(tf.constant(PICTURES)).numpy().tolist()
    expected = preprocess(RAW, seeds, "fashion")
    assert np.array_equal(preprocess(files, seeds, "fashion", encoded=True), expected)


def test_encoded_pictures_of_any_size_are_brought_to_one() -> None:
    large = np.repeat(np.repeat(PICTURES, 2, axis=1), 3, axis=2)
    files = tf.concat([encode_all(tf.constant(p)) for p in (PICTURES[:3], large[3:])], axis=0)
    fitted = decode_all(files, [28, 28, 1]).numpy()
    assert np.array_equal(fitted[:3], PICTURES[:3])
    assert np.abs(fitted[3:].mean(axis=(1, 2)) - PICTURES[3:].mean(axis=(1, 2))).max() < 2


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_can_be_traced(policy: str) -> None:
    picture_format = PictureFormat(encoded=False, shape=(28, 28, 1), class_names=("a", "b"))
    config = custom_config(TransformSettings(picture_format=picture_format, augmentation=policy))
    columns = {"image": tf.string, "label": tf.int64, "augmentation_seed": tf.int64}
    batch = {name: tf.TensorSpec([None, 1], kind) for name, kind in columns.items()}
    graph = tf.function(lambda inputs: preprocessing_fn(inputs, config))
    pixels = graph.get_concrete_function(batch).structured_outputs["pixels"]
    assert pixels.shape.as_list() == [None, *output_shape(POLICIES[policy], (28, 28, 1))]

"""Photographs from file to training batch to served answer: what augmentation does and does not."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.ingestion.reader import Selection
from components.pictures import PictureFormat, decode_all
from components.trainer.export import export
from components.trainer.fit import fit
from components.trainer.input_pipeline import (
    augmentation_seeds,
    raw_features,
    training_batches,
    transform_function,
)
from components.trainer.models.cnn import build_cnn_model
from components.trainer.models.reg_cnn import build_reg_cnn_model
from components.trainer.settings import Optimizer
from components.transform.preprocessing import TransformSettings
from pipeline.datasets.samples.dogs_vs_cats import write_photo_sample
from tests.components.trainer.preparation import Prepared, prepare
from tests.components.trainer.test_training import figures, settings

SHAPE = (48, 40, 3)
FORMAT = PictureFormat(encoded=True, shape=SHAPE, class_names=("cat", "dog"))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("photographs")
    (root / "data").mkdir()
    write_photo_sample(root / "data")
    return prepare(
        root,
        root / "data",
        settings=TransformSettings(picture_format=FORMAT, augmentation="photo"),
        reader="components.ingestion.formats.image_folder.ImageFolderReader",
        selection=Selection(test_fraction=0.1, data_subset=60),
    )


def files_of(photographs: Prepared, split: str) -> tuple[list[bytes], list[bytes]]:
    """The original files of a split, and its serialized Examples."""
    records = tf.data.TFRecordDataset(tf.io.gfile.glob(photographs.files(split)), "GZIP")
    serialized = list(records.as_numpy_iterator())
    examples = map(tf.train.Example.FromString, serialized)
    return [e.features.feature["image"].bytes_list.value[0] for e in examples], serialized


def epochs(photographs: Prepared, *, seed: int, epochs: int = 2) -> list[np.ndarray]:
    """The pictures of each epoch as the model gets them, in the order of their ids' labels."""
    split = photographs.load("train", augmented=True)
    graph = transform_function(photographs.output())
    dataset = training_batches(
        split, batch_size=1000, seed=seed, first_epoch=0, epochs=epochs, transform=graph
    )
    return [pixels for pixels, _ in dataset.as_numpy_iterator()]


def test_evaluation_sees_pictures_decoded_and_brought_to_size(photographs: Prepared) -> None:
    files, _ = files_of(photographs, "eval")
    assert np.array_equal(photographs.load("eval").pictures, decode_all(tf.constant(files), SHAPE))


def test_pictures_kept_for_augmentation_lose_nothing(photographs: Prepared) -> None:
    stored = photographs.load("train", augmented=True)
    graph = transform_function(photographs.output())
    pixels = graph(raw_features(stored.pictures, None))["pixels"]
    assert np.array_equal(np.rint(pixels * 255), photographs.load("train").pictures)


def test_every_epoch_draws_anew_and_every_run_the_same(photographs: Prepared) -> None:
    def ordered(pictures: np.ndarray) -> np.ndarray:
        return np.sort(pictures.sum(axis=(1, 2, 3)))

    first, second = epochs(photographs, seed=1)
    again, _ = epochs(photographs, seed=1)
    other, _ = epochs(photographs, seed=2)
    assert np.array_equal(first, again)
    assert not np.array_equal(ordered(first), ordered(second))
    assert not np.array_equal(ordered(first), ordered(other))


def test_pictures_of_one_batch_get_different_draws(photographs: Prepared) -> None:
    split = photographs.load("train", augmented=True)
    ids = tf.constant([f"train/{i}.jpg" for i in range(30)])
    seeds = augmentation_seeds(ids, 1, tf.constant(0, tf.int64))
    same = tf.repeat(split.pictures[:1], 30)
    graph = transform_function(photographs.output())
    pixels = graph(raw_features(same, seeds))["pixels"].numpy()
    assert len({picture.tobytes() for picture in pixels}) == 30


def test_evaluation_and_serving_cannot_be_augmented(photographs: Prepared, tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = build_cnn_model((SHAPE[0], SHAPE[1], SHAPE[2]), 2)
    export(model, photographs.output(), str(tmp_path / "model"), FORMAT)
    files, serialized = files_of(photographs, "test")
    pixels = decode_all(tf.constant(files), SHAPE).numpy().astype(np.float32) / np.float32(255)
    expected = model.predict(pixels, verbose=0)
    exported = tf.saved_model.load(str(tmp_path / "model"))
    served = exported.signatures["serving_default"](image=tf.constant(files))["probabilities"]
    assert np.abs(served - expected).max() <= 1e-6
    with_a_seed = []
    for record in serialized:
        example = tf.train.Example.FromString(record)
        example.features.feature["augmentation_seed"].int64_list.value[:] = [7]
        with_a_seed.append(example.SerializeToString())
    for records in (serialized, with_a_seed):
        evaluated = exported.signatures["evaluate"](examples=tf.constant(records))
        assert np.abs(evaluated["probabilities"] - expected).max() <= 1e-6


@pytest.mark.parametrize("augment", [False, True])
def test_one_seed_gives_one_training_and_another_seed_another(
    photographs: Prepared, tmp_path: Path, augment: bool
) -> None:
    def trained(seed: int) -> tuple[list[dict[str, float]], list[np.ndarray]]:
        trainer = settings(
            epochs=2,
            augment=augment,
            seed=seed,
            optimizer=Optimizer(name="SGD", learning_rate=0.01, momentum=0.9, nesterov=True),
        )
        keras.utils.set_random_seed(seed)
        model = build_reg_cnn_model((SHAPE[0], SHAPE[1], SHAPE[2]), 2)
        graph = transform_function(photographs.output()) if augment else None
        fitted = fit(
            model,
            trainer,
            photographs.load("train", augmented=augment),
            photographs.load("eval"),
            transform=graph,
            state_dir=None,
            log_dir=str(tmp_path),
        )
        return figures(fitted), model.get_weights()

    one, again, other = trained(1), trained(1), trained(2)
    assert one[0] == again[0]
    assert all(map(np.array_equal, one[1], again[1]))
    assert one[0] != other[0]
    assert not np.array_equal(one[1][0], other[1][0])

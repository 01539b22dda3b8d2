"""Stored bytes become the same pixels, raw or encoded, one by one or in batches."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from components.pictures import PictureFormat

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 6, 3), dtype=np.uint8)


@pytest.fixture(params=[False, True], ids=["raw", "encoded"])
def picture_format(request: pytest.FixtureRequest) -> PictureFormat:
    return PictureFormat(encoded=request.param, shape=(8, 6, 3), class_names=("cat", "dog"))


def test_nothing_is_lost_between_pixels_and_bytes(picture_format: PictureFormat) -> None:
    stored = picture_format.encode_batch(tf.constant(IMAGES))
    assert np.array_equal(picture_format.decode_batch(stored), IMAGES)
    for one, image in zip(stored, IMAGES, strict=True):
        assert np.array_equal(picture_format.decode(one), image)
    if not picture_format.encoded:
        assert stored.numpy().tolist() == [image.tobytes() for image in IMAGES]
        assert picture_format.stored_bytes == len(stored.numpy()[0])


def test_files_go_out_and_come_back_as_they_were(picture_format: PictureFormat) -> None:
    stored = picture_format.encode_batch(tf.constant(IMAGES))
    files = picture_format.to_files(stored)
    assert np.array_equal(tf.io.decode_png(files[0]), IMAGES[0])
    assert picture_format.from_files(files).numpy().tolist() == stored.numpy().tolist()


def test_a_readers_format_is_its_own() -> None:
    for name, encoded in (("idx.IdxReader", False), ("image_folder.ImageFolderReader", True)):
        reader = f"components.ingestion.formats.{name}"
        made = PictureFormat.of_reader(reader, shape=(8, 6, 1), class_names=("a",))
        assert made.encoded == encoded

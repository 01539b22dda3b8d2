"""Stored bytes become the same pixels, raw or encoded, one by one or in batches."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.pictures import PictureFormat, decode, decode_all

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
    again, decoded = picture_format.from_files(files)
    assert again.numpy().tolist() == stored.numpy().tolist()
    assert decoded.numpy().all()


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("bad", [b"", b"no picture", "cut"])
def test_a_file_that_cannot_be_decoded_spoils_no_other(
    picture_format: PictureFormat, bad: bytes | str, place: int
) -> None:
    stored = picture_format.encode_batch(tf.constant(IMAGES[:2]))
    files = picture_format.to_files(stored).numpy().tolist()
    files.insert(place, bad if isinstance(bad, bytes) else files[0][:60])
    again, decoded = picture_format.from_files(tf.constant(files))
    assert decoded.numpy().tolist() == [index != place for index in range(3)]
    pictures = list(picture_format.decode_batch(again).numpy())
    assert not pictures.pop(place).any()
    assert np.array_equal(pictures, IMAGES[:2])


def test_no_files_are_no_pictures(picture_format: PictureFormat) -> None:
    again, decoded = picture_format.from_files(tf.constant([], tf.string))
    assert picture_format.decode_batch(again).shape == (0, 8, 6, 3)
    assert decoded.shape == (0,)


def test_a_readers_format_is_its_own() -> None:
    for name, encoded in (("idx.IdxReader", False), ("image_folder.ImageFolderReader", True)):
        reader = f"components.ingestion.formats.{name}"
        made = PictureFormat.of_reader(reader, shape=(8, 6, 1), class_names=("a",))
        assert made.encoded == encoded


def picture_file(kind: str, mode: str) -> bytes:
    file = io.BytesIO()
    smooth = Image.fromarray(IMAGES[0]).resize((16, 16))
    smooth.convert(mode).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "L"),
        ("PNG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("GIF", "L"),
        ("BMP", "L"),
        ("BMP", "RGB"),
    ],
)
def test_every_file_that_becomes_colour_becomes_grey_too(kind: str, mode: str) -> None:
    file = picture_file(kind, mode)
    colour = decode(tf.constant(file), 3).numpy()
    grey = decode(tf.constant(file), 1).numpy()
    assert grey.shape == (16, 16, 1)
    assert np.abs(grey[..., 0] - colour @ [0.299, 0.587, 0.114]).max() < 3
    in_a_graph = tf.function(lambda files: decode_all(files, (16, 16, 1)))
    assert np.array_equal(in_a_graph(tf.constant([file, file]))[1], grey)


@pytest.mark.parametrize("content", [b"", b"x", b"\xff\xd8\xff", picture_file("JPEG", "RGB")[:300]])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_no_picture_is_an_error_that_is_declared(content: bytes, channels: int) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(tf.constant(content), channels)

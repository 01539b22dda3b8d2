"""Stored bytes become the same pixels, raw or encoded, one by one or in batches."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.picture_fit import FITS, Fit
from components.pictures import PictureFormat, bring_to_size, decode, decode_all

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


def disc(height: int, width: int) -> np.ndarray:
    """A white disc in the middle of grey, [height, width, 3]."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    inside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (min(height, width) / 3) ** 2
    return np.where(inside[..., None], 255, 100).astype(np.uint8) * np.ones(3, np.uint8)


def sides(image: np.ndarray) -> tuple[int, int]:
    """Height and width of what is white."""
    white = image[..., 0] > 180
    return int(white.any(axis=1).sum()), int(white.any(axis=0).sum())


@pytest.mark.parametrize(("height", "width"), [(60, 120), (120, 60), (90, 91)])
def test_only_stretching_changes_proportions(height: int, width: int) -> None:
    image = disc(height, width)
    fitted = {fit: bring_to_size(image, 60, 60, fit).numpy() for fit in FITS}
    of_crop, of_pad = sides(fitted["crop"]), sides(fitted["pad"])
    assert abs(of_crop[0] - of_crop[1]) <= 2
    assert abs(of_pad[0] - of_pad[1]) <= 2
    stretched = sides(fitted["stretch"])
    assert stretched[0] / stretched[1] == pytest.approx(width / height, rel=0.1)
    assert fitted["crop"].min() >= 99
    black = (fitted["pad"] == 0).all(axis=2).mean()
    assert black == pytest.approx(1 - min(height, width) / max(height, width), abs=0.02)


def test_padding_is_the_same_on_both_sides_and_cropping_takes_the_middle() -> None:
    wide = np.full((10, 30, 3), 50, np.uint8)
    wide[:, 10:20] = 200
    assert (bring_to_size(wide, 10, 10, "crop").numpy() == 200).all()
    padded = bring_to_size(wide, 30, 30, "pad").numpy()
    assert (padded[:10] == 0).all()
    assert (padded[20:] == 0).all()
    assert np.array_equal(padded[10:20], wide)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(1, 500), (500, 1), (1, 1), (3000, 2), (7, 5)])
def test_strangely_shaped_pictures_are_brought_to_size(fit: Fit, shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    fitted = bring_to_size(image, 32, 24, fit).numpy()
    assert fitted.shape == (32, 24, 3)
    assert set(np.unique(fitted)) <= ({0, 90} if fit == "pad" else {90})
    assert (fitted == 90).any()


@pytest.mark.parametrize("fit", FITS)
def test_a_picture_of_the_size_stays_as_it_is(fit: Fit) -> None:
    assert np.array_equal(bring_to_size(IMAGES[0], 8, 6, fit), IMAGES[0])


def test_stored_and_served_pictures_are_fitted_alike() -> None:
    file = tf.io.encode_png(disc(40, 20))
    made = {}
    for fit in FITS:
        encoded, raw = (
            PictureFormat(encoded=encoded, shape=(8, 6, 3), class_names=("a",), fit=fit)
            for encoded in (True, False)
        )
        made[fit] = encoded.decode(file).numpy()
        assert np.array_equal(encoded.decode_batch(tf.stack([file]))[0], made[fit])
        for each in (encoded, raw):
            stored, sound = each.from_files(tf.stack([file]))
            assert np.array_equal(each.decode_batch(stored)[0], made[fit])
            assert sound.numpy().all()
    assert not np.array_equal(made["crop"], made["pad"])
    assert not np.array_equal(made["crop"], made["stretch"])

"""Pictures inside the page."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from pipeline.report.picture_file import picture_file


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_drawing_stays_as_it_is() -> None:
    pixels = np.zeros((28, 28, 1), np.uint8)
    pixels[4:9] = 200
    file = picture_file(pixels)
    assert file.kind == "png"
    assert (np.asarray(opened(file.content)) == pixels[..., 0]).all()


def test_a_photograph_becomes_a_small_jpeg_of_the_size_that_is_shown() -> None:
    rng = np.random.default_rng(1)
    coarse = Image.fromarray(rng.integers(0, 255, (12, 18, 3), np.uint8)).resize((600, 400))
    photograph = np.clip(np.asarray(coarse) + rng.normal(0, 6, (400, 600, 3)), 0, 255)
    file = picture_file(photograph.astype(np.uint8))
    assert file.kind == "jpeg"
    assert opened(file.content).size == (144, 96)
    assert len(file.content) < 10_000


def test_shares_are_pictures_too() -> None:
    file = picture_file(np.full((8, 8, 3), 0.5, np.float32))
    assert opened(file.content).getpixel((0, 0)) == (128, 128, 128)

"""Pictures are stored so that TensorFlow decodes what people see."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from components.errors import UserError
from components.ingestion.picture_file import ENDINGS, PictureLimits, examine, read_content
from components.ingestion.reader import Picture, Rejected
from components.pictures import decode

TRANSPARENT = "transparent, shown on white"
MODES = ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16"]


def made(mode: str, size: tuple[int, int] = (13, 9), seed: int = 0) -> Image.Image:
    """Random pixels; smooth, so that JPEG keeps them."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (3, 4, 4), dtype=np.uint8), "RGBA")
    rgba = small.resize(size, Image.Resampling.BICUBIC)
    if mode == "I;16":
        return Image.fromarray(np.asarray(rgba.convert("L")).astype(np.uint16) * 257)
    return (rgba if "A" in mode else rgba.convert("RGB")).convert(mode)


def saved(picture: Image.Image, kind: str, orientation: int = 1, **options: Any) -> bytes:
    file = io.BytesIO()
    if orientation != 1:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        options["exif"] = exif
    picture.save(file, kind, **options)
    return file.getvalue()


def on_white(content: bytes) -> np.ndarray:
    """What Pillow shows of a file, uint8 [height, width, 3]."""
    upright: Image.Image = Image.open(io.BytesIO(content))
    upright.load()
    ImageOps.exif_transpose(upright, in_place=True)
    if upright.mode.startswith("I"):
        upright = Image.fromarray((np.asarray(upright).astype(int) >> 8).astype(np.uint8))
    white = Image.new("RGBA", upright.size, "white")
    return np.asarray(Image.alpha_composite(white, upright.convert("RGBA")).convert("RGB"))


def used(name: str, content: bytes) -> Picture:
    looked_at = examine(name, content, 0)
    assert isinstance(looked_at, Picture), looked_at
    return looked_at


def decoded(content: bytes, channels: int = 3) -> np.ndarray:
    pixels: np.ndarray = decode(tf.constant(content), channels).numpy()
    return pixels


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    mode=st.sampled_from(MODES),
    kind=st.sampled_from(sorted(ENDINGS)),
    orientation=st.integers(1, 8),
    size=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    transparent=st.one_of(st.none(), st.integers(0, 255)),
    seed=st.integers(0, 1000),
)
def test_what_is_stored_decodes_to_what_people_see(
    mode: str,
    kind: str,
    orientation: int,
    size: tuple[int, int],
    transparent: int | None,
    seed: int,
) -> None:
    options = {}
    if transparent is not None and mode == "P" and kind in ("PNG", "GIF"):
        options["transparency"] = transparent
    try:
        content = saved(made(mode, size, seed), kind, orientation, **options)
    except (OSError, ValueError, KeyError):
        assume(False)  # Pillow writes no such file
    picture = used(f"a{ENDINGS[kind][0]}", content)
    seen, stored = on_white(content).astype(int), decoded(picture.image)
    tolerance = 6 if kind == "JPEG" and picture.image == content else 0
    assert stored.shape == seen.shape == (picture.height, picture.width, 3)
    assert np.abs(stored - seen).max() <= tolerance
    assert picture.mean_intensity == pytest.approx(stored.mean())
    grey = decoded(picture.image, 1)[..., 0]
    weights = np.array([0.299, 0.587, 0.114])
    if not tolerance:  # a JPEG's grey is its own, before its colours are clipped to 0 … 255
        assert np.abs(grey - stored @ weights).max() <= 2
    unchanged = picture.image == content
    assert unchanged == ("stored as PNG" not in picture.note)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_what_tensorflow_shows_rightly_keeps_its_bytes(kind: str, mode: str) -> None:
    content = saved(made(mode), kind)
    assert used("a", content).image == content


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (saved(made("RGB"), "WEBP", lossless=True), "a WEBP file"),
        (saved(made("CMYK"), "TIFF"), "CMYK colours, converted to RGB, a TIFF file"),
        (saved(made("L"), "PPM"), "a grey picture, a PPM file"),
        (saved(made("RGB"), "JPEG", 6), "turned upright by its metadata"),
        (saved(made("RGBA"), "PNG"), TRANSPARENT),
        (saved(made("LA"), "PNG", 8), f"turned upright by its metadata, {TRANSPARENT}"),
        (saved(made("P"), "BMP"), "a BMP file of a kind that TensorFlow decodes otherwise"),
        (saved(made("1"), "BMP"), "a BMP file of a kind that TensorFlow decodes otherwise"),
    ],
)
def test_what_it_shows_otherwise_is_stored_as_png_with_a_note(content: bytes, note: str) -> None:
    picture = used("a", content)
    assert picture.note == f"{note}, stored as PNG"
    assert np.array_equal(decoded(picture.image), on_white(content))
    assert (picture.height, picture.width) == on_white(content).shape[:2]


def test_a_hidden_colour_stays_hidden() -> None:
    nothing = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert (decoded(used("a.png", saved(nothing, "PNG")).image) == 255).all()
    opaque = Image.new("RGBA", (4, 4), (255, 0, 0, 255))
    assert used("a.png", saved(opaque, "PNG")).image == saved(opaque, "PNG")


def bmp_of_4_bits() -> bytes:
    """2×3 pixels: red, green; blue, red; green, blue (Pillow writes no such file)."""
    palette = bytes([0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0])
    rows = b"".join(bytes([row, 0, 0, 0]) for row in (0x12, 0x20, 0x01))  # from the bottom up
    start = 14 + 40 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, 2, 3, 1, 4, 0, len(rows), 0, 0, 3, 0)
    return struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + header + palette + rows


def test_a_bmp_of_4_bits_is_sound() -> None:
    red, green, blue = np.eye(3, dtype=int) * 255
    pixels = decoded(used("a.bmp", bmp_of_4_bits()).image)
    assert pixels.tolist() == np.array([[red, green], [blue, red], [green, blue]]).tolist()


def test_of_an_animation_the_first_picture_is_used() -> None:
    frames = [made("RGB", seed=seed).quantize(16) for seed in range(3)]
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        content = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        first = np.asarray(frames[0].convert("RGB"))
        assert np.array_equal(decoded(used("a", content).image), first)


def test_metadata_that_cannot_be_read_say_nothing() -> None:
    content = saved(made("RGB"), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xffrubbish")
    assert used("a.jpg", content).image == content


def png_of(height: int, width: int) -> bytes:
    """The start of a PNG that claims to be of this size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [header, b"IDAT" + zlib.compress(bytes(100))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in chunks
    )


@pytest.mark.parametrize(
    ("side", "reason"),
    [
        (8_001, "8,001×8,001 pixels, more than 64,000,000"),
        (13_000, "13,000×13,000 pixels, more than 64,000,000"),
        (60_000, "more than 178,956,970 pixels"),
    ],
)
def test_a_bomb_is_not_decoded(side: int, reason: str) -> None:
    assert examine("a.png", png_of(side, side), 0) == Rejected("a.png", reason)


def test_the_limit_is_a_setting() -> None:
    content = saved(made("RGB", (10, 10)), "PNG")
    assert isinstance(examine("a.png", content, 0, PictureLimits(max_pixels=100)), Picture)
    assert examine("a.png", content, 0, PictureLimits(max_pixels=99)) == Rejected(
        "a.png", "10×10 pixels, more than 99"
    )
    with pytest.raises(UserError, match="max_pixels=178956971: must be at most 178956970"):
        PictureLimits(max_pixels=178_956_971)


def test_only_regular_files_of_a_bearable_size_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_content(tmp_path / "pipe") == "is a pipe, not a file with data"
    assert read_content(Path("/dev/zero")) == "is a device, not a file with data"
    assert read_content(tmp_path) == "is a folder, not a file with data"
    assert read_content(tmp_path / "none") == "does not exist"
    with (tmp_path / "hole.png").open("wb") as file:
        file.truncate(2**30)
    assert read_content(tmp_path / "hole.png") == (
        "has 1,073,741,824 bytes: more than 528,777,216 are not read"
    )


@pytest.mark.parametrize("mode", ["F", "I"])
def test_values_of_no_known_scale_are_left_out(mode: str) -> None:
    content = saved(made("L").convert(mode), "TIFF")
    looked_at = examine("a.tif", content, 0)
    assert isinstance(looked_at, Rejected)
    assert looked_at.reason == "a TIFF file of 32-bit values: which of them is white is not known"


WHOLE = [
    saved(made("RGBA"), "PNG"),
    saved(made("P"), "BMP"),
    saved(made("P"), "GIF"),
    saved(made("RGB"), "WEBP"),
    saved(made("LA"), "TIFF", compression="tiff_lzw"),
    saved(made("L"), "PPM"),
    saved(made("RGB"), "JPEG", 7),
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_damage_ends_in_a_reason_or_in_a_picture_that_can_be_decoded(
    content: bytes, data: st.DataObject
) -> None:
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    looked_at = examine("a", cut, 0)
    if isinstance(looked_at, Picture):
        assert decoded(looked_at.image).shape == (looked_at.height, looked_at.width, 3)
    else:
        assert looked_at.reason

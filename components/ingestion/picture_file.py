"""Picture files as people see them.

TensorFlow decodes JPEG, PNG, GIF and BMP files in the graph, but not all of them as people see
them: it heeds no orientation in EXIF, drops transparency, and takes a BMP's palette for grey.
Such a picture is stored as a PNG of the right pixels; so are those of formats that only Pillow
reads. Every other picture keeps its bytes. Ingestion, `predict` and `augment` all look at files
through here.

What is seen is what Pillow shows: of an animation or of several pages the first; upright; on
white where it is transparent; of 16-bit grey the upper eight bits. Colour profiles do not count.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import numpy as np
import pydantic
from PIL import ExifTags, Image

from components.errors import UserError
from components.files import read_file
from components.ingestion.leaks import fingerprint
from components.ingestion.reader import Picture, Rejected
from components.settings import settings

#: How the names of picture files end, by format. A file is read by its content all the same.
ENDINGS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp"),
    "PNG": (".png", ".apng"),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
_KIND_OF = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
_OF_TENSORFLOW = ("JPEG", "PNG", "BMP", "GIF")
_MODES = {"L": "a grey picture", "CMYK": "CMYK colours, converted to RGB"}

# Pillow refuses more pixels than this by itself, as a decompression bomb.
_MOST_PIXELS = 2 * 89_478_485
_BYTES_OF_PIXEL = 8  # at most: four channels of 16 bits, not compressed
_BYTES_BESIDES = 1 << 24  # of a file: metadata
# Decoders of JPEG may differ by rounding; another reading of CMYK differs by far more.
_MEAN_DIFFERENCE = 3.0

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@settings
class PictureLimits:
    """How large a picture may be.

    Attributes:
      max_pixels: height × width. A file of a few kilobytes can ask for any number of them. The
        default is more than a camera takes: 64 million are 192 MB when decoded.
    """

    max_pixels: Annotated[int, pydantic.Field(ge=1, le=_MOST_PIXELS)] = 64_000_000

    @property
    def max_bytes(self) -> int:
        """Size of the largest file that can be such a picture."""
        return _BYTES_OF_PIXEL * self.max_pixels + _BYTES_BESIDES


LIMITS = PictureLimits()


class _Unusable(Exception):
    """Why a picture cannot be used, in a few words."""


def read_content(file: Path, limits: PictureLimits = LIMITS) -> bytes | str:
    """The content of a picture file; or, as text, the reason why it cannot be used."""
    try:
        return read_file(file, limits.max_bytes)
    except UserError as error:
        return str(error).removeprefix(f"{file} ")


def examine(
    name: str, content: bytes, label: int, limits: PictureLimits = LIMITS
) -> Picture | Rejected:
    """Looks at a picture file as people see it, and says what is odd about it.

    Args:
      name: the picture's id.
      content: of the file.
      label: of its class.
      limits: how large it may be.

    Returns:
      The picture; its `image` is `content`, or a PNG file where TensorFlow would decode that
      otherwise than people see it.
    """
    if not content:
        return Rejected(name, "the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow on metadata that nobody reads here
            return _examine(name, content, label, limits)
    except _Unusable as reason:
        return Rejected(name, str(reason))


def _examine(name: str, content: bytes, label: int, limits: PictureLimits) -> Picture:
    image = _open(content)
    kind, mode = _kind(image), image.mode
    width, height = image.size
    if width * height > limits.max_pixels:
        raise _Unusable(f"{height:,}×{width:,} pixels, more than {limits.max_pixels:,}")
    notes = []
    ending = PurePosixPath(name).suffix.lower()
    if _KIND_OF.get(ending, kind) != kind:
        notes.append(f"a {kind} file in spite of its name")
    if mode in _MODES:
        notes.append(_MODES[mode])
    pixels = _decoded(content) if kind in _OF_TENSORFLOW else None
    if pixels is None and kind in ("JPEG", "PNG"):  # TensorFlow reads all kinds of these
        raise _Unusable(f"a {kind} file that is damaged or cut short")
    turned = _orientation(image) in _TURNS
    plain_jpeg = kind == "JPEG" and mode != "CMYK" and not turned  # as all decoders show it
    if pixels is None or not plain_jpeg:
        seen = _seen(image, kind)
        if pixels is None or turned or _differ(pixels, seen, exact=kind != "JPEG"):
            notes.append(f"{_why(kind, pixels, turned, _transparent(image))}, stored as PNG")
            content, pixels = _png(seen), np.asarray(seen.convert("RGB"))
    height, width = pixels.shape[:2]
    return Picture(
        example_id=name,
        image=content,
        label=label,
        height=height,
        width=width,
        mean_intensity=float(pixels.mean()),
        note=", ".join(notes),
        fingerprint=fingerprint(np.ascontiguousarray(pixels), height, width),
    )


def _open(content: bytes) -> Image.Image:
    """A picture whose header was read, and not yet its pixels."""
    try:
        # Other formats are not even tried: Pillow hands some of them to other programs.
        return Image.open(io.BytesIO(content), formats=list(ENDINGS))
    except Image.DecompressionBombError as error:
        raise _Unusable(f"more than {_MOST_PIXELS:,} pixels") from error
    except Exception as error:  # hostile files make Pillow raise what it never declared
        raise _Unusable("not a picture of a known format") from error


def _kind(image: Image.Image) -> str:
    # MPO is a JPEG with more pictures behind it.
    return "JPEG" if image.format == "MPO" else str(image.format)


def _decoded(content: bytes) -> np.ndarray | None:
    """What TensorFlow decodes, uint8 [height, width, 3]; None if it cannot."""
    import tensorflow as tf  # here, since the command line must start without it

    from components.pictures import decode

    try:
        pixels: np.ndarray = decode(tf.constant(content), 3).numpy()
        return pixels
    except tf.errors.InvalidArgumentError:
        return None


def _orientation(image: Image.Image) -> Any:
    """What EXIF or XMP say of it, 1 … 8; 1 where nothing can be read."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # metadata that cannot be read say nothing; the pixels may be sound
        return 1


def _transparent(image: Image.Image) -> bool:
    return image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info


def _seen(image: Image.Image, kind: str) -> Image.Image:
    """The picture as people see it, of mode L or RGB.

    Raises:
      _Unusable: its pixels cannot be read, or nobody could say how they look.
    """
    if image.mode == "F" or (image.mode == "I" and kind == "TIFF"):
        raise _Unusable(f"a {kind} file of 32-bit values: which of them is white is not known")
    try:
        image.load()  # first: it turns a TIFF upright, and completes a PNG's metadata
        turn = _TURNS.get(_orientation(image))
        upright = image if turn is None else image.transpose(turn)
        mode = "L" if upright.mode in ("1", "L", "LA", "La") else "RGB"
        if upright.mode.startswith("I"):
            return _of_16_bits(upright)
        if _transparent(upright):
            white = Image.new("RGBA", upright.size, "white")
            return Image.alpha_composite(white, upright.convert("RGBA")).convert(mode)
        return upright.convert(mode)
    except Exception as error:  # see `_open`
        raise _Unusable(f"a {kind} file that is damaged or cut short") from error


def _of_16_bits(image: Image.Image) -> Image.Image:
    """The upper eight of 16 bits, mode L; TensorFlow does the same."""
    values = np.asarray(image).astype(np.int64)
    grey = np.clip(values >> 8, 0, 255).astype(np.uint8)
    grey[values == image.info.get("transparency", -1)] = 255
    return Image.fromarray(grey)


def _differ(pixels: np.ndarray, seen: Image.Image, *, exact: bool) -> bool:
    shown = np.asarray(seen.convert("RGB"))
    if pixels.shape != shown.shape:
        return True
    if exact:
        return not np.array_equal(pixels, shown)
    return float(np.abs(pixels.astype(np.int16) - shown).mean()) > _MEAN_DIFFERENCE


def _why(kind: str, pixels: np.ndarray | None, turned: bool, transparent: bool) -> str:
    reasons = []
    if pixels is None and kind not in _OF_TENSORFLOW:
        reasons.append(f"a {kind} file")
    if turned:
        reasons.append("turned upright by its metadata")
    if transparent:
        reasons.append("transparent, shown on white")
    return ", ".join(reasons) or f"a {kind} file of a kind that TensorFlow decodes otherwise"


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    # Without this a colour profile or a resolution would come along, and nobody reads them.
    image.info = {}
    image.save(file, "PNG", compress_level=1)  # half the time, an eighth more bytes
    return file.getvalue()

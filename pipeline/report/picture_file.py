"""Pictures as files inside the page: small ones, as a reader sees them."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
from PIL import Image

_SIDE = 144  # pixels: the page shows no picture larger
_QUALITY = 85


class PictureFile(NamedTuple):
    """A picture's file.

    Attributes:
      kind: "png" or "jpeg".
      content: its bytes.
    """

    kind: str
    content: bytes


def picture_file(pixels: np.ndarray) -> PictureFile:
    """A picture as PNG, or as JPEG where that is much smaller, as for photographs.

    Args:
      pixels: uint8 0 … 255, or float 0 … 1, [height, width, 1 or 3].
    """
    if pixels.dtype != np.uint8:
        pixels = np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    png, jpeg = _saved(picture, "png"), _saved(picture, "jpeg", quality=_QUALITY)
    if 2 * len(jpeg) < len(png):
        return PictureFile("jpeg", jpeg)
    return PictureFile("png", png)


def _saved(picture: Image.Image, kind: str, **settings: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **settings)
    return file.getvalue()

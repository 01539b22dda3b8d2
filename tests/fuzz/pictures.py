"""Hostile picture files: sound ones of many kinds, changed in their headers or anywhere."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

from tests.fuzz.mutate import damage

_KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *(("JPEG", mode, {}) for mode in ("L", "RGB", "CMYK")),
    ("JPEG", "RGB", {"progressive": True, "quality": 30}),
    *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    ("PNG", "P", {"transparency": 3, "bits": 2}),
    *(("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")),
    *(("GIF", mode, {}) for mode in ("L", "P", "RGB")),
    *(("WEBP", "RGBA", {"lossless": lossless}) for lossless in (True, False)),
    *(("TIFF", mode, {}) for mode in ("1", "L", "RGB", "RGBA", "CMYK", "F", "I;16")),
    *(("TIFF", "RGB", {"compression": name}) for name in ("tiff_lzw", "jpeg", "packbits")),
    *(("PPM", mode, {}) for mode in ("1", "L", "RGB")),
)
_SIDES = (0, 1, 7, 2000, 2**15, 2**16 - 1, 2**31 - 1)


def _sound(kind: str, mode: str, options: dict[str, Any], number: int) -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (9, 13, 3)).astype(np.uint8)
    image = Image.fromarray(pixels)
    if mode in ("I;16", "F"):
        wide = np.arange(9 * 13).reshape(9, 13) * 500
        image = Image.fromarray(wide.astype(np.uint16 if mode == "I;16" else np.float32))
    elif mode in ("LA", "La"):
        image = image.convert("RGBA").convert("LA")
    else:
        image = image.convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 1 + number % 8  # orientation
    if kind in ("JPEG", "PNG", "WEBP"):
        options = {**options, "exif": exif}
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


_FILES = [_sound(*about, number) for number, about in enumerate(_KINDS)]


def hostile_picture(draw: random.Random) -> bytes:
    """A picture file, mostly damaged: anywhere, in its first bytes, or in its sizes."""
    content = draw.choice(_FILES)
    chance = draw.random()
    if chance < 0.05:
        return content
    if chance < 0.3:
        return _other_chunks(content, draw) if content[:4] == b"\x89PNG" else _sizes(content, draw)
    if chance < 0.6:  # where formats have their headers
        return damage(content[:64], draw) + content[64:]
    return damage(content, draw)


def _sizes(content: bytes, draw: random.Random) -> bytes:
    """Another number in the place of one that may be a side."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2))):
        at = draw.randrange(min(len(changed), 300))
        form = draw.choice(("<H", ">H", "<I", ">I"))
        number = draw.choice(_SIDES)
        packed = struct.pack(form, number & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
        changed[at : at + len(packed)] = packed
    return bytes(changed)


def _other_chunks(content: bytes, draw: random.Random) -> bytes:
    """A PNG file with chunks left out, repeated, swapped or changed, and right check sums."""
    chunks, at = [], 8
    while at + 8 <= len(content):
        (size,) = struct.unpack(">I", content[at : at + 4])
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += 12 + size
    for _ in range(draw.choice((1, 1, 3))):
        if not chunks:
            break
        place = draw.randrange(len(chunks))
        name, body = chunks[place]
        match draw.randrange(5):
            case 0:
                del chunks[place]
            case 1:
                chunks[place:place] = [(name, body)] * draw.choice((1, 100))
            case 2:
                chunks.insert(draw.randrange(len(chunks)), chunks.pop(place))
            case 3 if name == b"IHDR":
                sides = [draw.choice(_SIDES) for _ in range(2)]
                kinds = [draw.choice((0, 1, 2, 3, 4, 6, 8, 16)) for _ in range(5)]
                chunks[place] = (name, struct.pack(">IIBBBBB", *sides, *kinds))
            case _:
                much = bytes(draw.choice((10, 10**7)))
                text = zlib.compress(much) if draw.random() < 0.3 else b""
                named = draw.choice((name, b"zTXt", b"iCCP", b"tRNS", b"PLTE", b"acTL", b"eXIf"))
                chunks[place] = (named, b"k\0\0" + text if text else damage(body, draw))
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    ]
    return content[:8] + b"".join(parts)

"""Folders of picture files for tests, and what a reader makes of them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from components.ingestion.formats.image_folder import ImageFolderOptions, ImageFolderReader
from components.ingestion.reader import Picture, Selection

READER = ImageFolderReader(
    ["cat", "dog"], ImageFolderOptions(inner_folder="All", ignored_folders=("unknown",))
)
TAKE_A_QUARTER = Selection(test_fraction=0.25)


def encoded(kind: str = "jpeg", mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> bytes:
    """A picture file; every one is another picture."""
    encoded.seed += 1  # type: ignore[attr-defined]
    pixels = np.random.default_rng(encoded.seed).integers(0, 255, (*size[::-1], 3))  # type: ignore[attr-defined]
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).convert(mode).save(file, kind)
    return file.getvalue()


encoded.seed = 0  # type: ignore[attr-defined]


def write(folder: Path, *names: str, content: bytes | None = None) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encoded() if content is None else content)
    return folder


def labels(folder: Path, selection: Selection = TAKE_A_QUARTER) -> dict[str, dict[str, int]]:
    """Source → picture → label, as ExampleGen would get them."""
    found: dict[str, dict[str, int]] = {"train": {}, "test": {}}
    for shard in READER.shards(folder, selection):
        for picture in READER.read(folder, shard):
            assert isinstance(picture, Picture)
            found[shard.source][picture.example_id] = picture.label
    return found

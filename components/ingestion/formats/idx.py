"""Pictures in IDX files, in the naming of MNIST and Fashion-MNIST.

A folder holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`
and `t10k-labels-idx1-ubyte`, each with or without `.gz`. Images have rank 3 (items, rows,
columns) or 4 (and channels).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from components.errors import UserError
from components.ingestion.formats.idx_file import check_idx, iter_idx, read_header
from components.ingestion.reader import Contents, Picture, Selection, Shard, find_file, shards_of
from components.ingestion.subset import select_numbers

_PREFIXES = {"train": "train", "test": "t10k"}
_PICTURES_PER_SHARD = 20_000


class IdxReader:
    """Reads pairs of IDX files: images and labels."""

    patterns: Mapping[str, str] = {
        source: f"{prefix}-*-ubyte*" for source, prefix in _PREFIXES.items()
    }
    encoded = False

    def __init__(self, class_names: Sequence[str]):
        """See `Reader.__init__`. IDX files hold no names, so none are compared."""

    def inspect(self, folder: Path) -> Contents:
        """See `Reader.inspect`. Reads every file to its end."""
        pictures, sha256 = {}, {}
        for source in _PREFIXES:
            images, labels = _pair(folder, source)
            image_header, sha256[_plain(images)] = check_idx(images)
            label_header, sha256[_plain(labels)] = check_idx(labels)
            _check_pair(images, image_header.shape, image_header.dtype, labels, label_header.shape)
            pictures[source] = image_header.items
        return Contents(pictures, sha256)

    def shards(self, folder: Path, selection: Selection) -> Sequence[Shard]:
        """See `Reader.shards`. A limit takes the first pictures of the file, in draw 0."""
        selection.refuse_drawing("IDX files")
        shards = []
        for source in _PREFIXES:
            images, labels = _pair(folder, source)
            header, label_header = read_header(images), read_header(labels)
            _check_pair(images, header.shape, header.dtype, labels, label_header.shape)
            pictures = select_numbers(source, header.items, selection)
            shards += shards_of(source, pictures, _PICTURES_PER_SHARD)
        return shards

    def read(self, folder: Path, shard: Shard) -> Iterator[Picture]:
        """See `Reader.read`. Holds one chunk of 1,000 pictures at a time."""
        images, labels = _pair(folder, shard.source)
        used = np.array(shard.items, np.int64)
        position, stop = int(used[0]), int(used[-1]) + 1
        for all_pixels, all_labels in zip(
            iter_idx(images, start=position, stop=stop),
            iter_idx(labels, start=position, stop=stop),
            strict=True,
        ):
            first, end = np.searchsorted(used, (position, position + len(all_pixels)))
            numbers = used[first:end]
            pixels, of_pixels = all_pixels[numbers - position], all_labels[numbers - position]
            height, width = pixels.shape[1:3]
            means = pixels.mean(axis=tuple(range(1, pixels.ndim)), dtype=np.float64)
            for number, image, label, mean in zip(numbers, pixels, of_pixels, means, strict=True):
                yield Picture(
                    example_id=f"{shard.source}/{number:08d}",
                    image=image.tobytes(),
                    label=int(label),
                    height=height,
                    width=width,
                    mean_intensity=float(mean),
                )
            position += len(all_pixels)


READER = IdxReader


def _pair(folder: Path, source: str) -> tuple[Path, Path]:
    prefix = _PREFIXES[source]

    def find(kind: str, rank: str) -> Path:
        name = f"{prefix}-{kind}-idx{rank}-ubyte"
        return find_file(folder, name, name + ".gz")

    return find("images", "[34]"), find("labels", "1")


def _plain(path: Path) -> str:
    return path.name.removesuffix(".gz")


def _check_pair(
    images: Path,
    image_shape: tuple[int, ...],
    dtype: np.dtype,
    labels: Path,
    label_shape: tuple[int, ...],
) -> None:
    if len(image_shape) not in (3, 4) or dtype != np.uint8:
        raise UserError(
            f"{images} holds an array of shape {image_shape} and type {dtype}, "
            "not bytes (unsigned) of rank 3 or 4: is it the images file?"
        )
    if len(label_shape) != 1:
        raise UserError(f"{labels} holds an array of shape {label_shape}: is it the labels file?")
    if image_shape[0] != label_shape[0]:
        raise UserError(
            f"{images} holds {image_shape[0]:,} pictures but {labels.name} "
            f"{label_shape[0]:,} labels: they do not belong together"
        )
    if image_shape[0] == 0:
        raise UserError(f"{images} holds no pictures")

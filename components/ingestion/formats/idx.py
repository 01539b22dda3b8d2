"""Pictures in IDX files, in the naming of MNIST and Fashion-MNIST.

A folder holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`
and `t10k-labels-idx1-ubyte`, each with or without `.gz`, or with a dot before `idx`, or in a folder
of its own name (Kaggle's MNIST). All of them may lie in one more folder. Images have rank 3 (items,
rows, columns) or 4 (and channels).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from components import limits
from components.errors import UserError
from components.ingestion.folder import files_besides
from components.ingestion.formats.idx_file import (
    IdxHeader,
    check_idx,
    is_compressed,
    iter_idx,
    read_header,
    unpack_idx,
)
from components.ingestion.parallel import in_parallel
from components.ingestion.reader import (
    Contents,
    Picture,
    Selection,
    Shard,
    file_shards,
    find_file,
    lone_folder,
    shards_of,
)
from components.ingestion.subset import select_numbers

_PREFIXES = {"train": "train", "test": "t10k"}
_PICTURES_PER_SHARD = 20_000


class IdxReader:
    """Reads pairs of IDX files: images and labels."""

    patterns: Mapping[str, str] = {
        "here": "*-ubyte*",
        "one down": "*/*-ubyte*",
        "two down": "*/*/*-ubyte*",
        "three down": "*/*/*/*-ubyte*",
    }
    encoded = False

    def __init__(self, class_names: Sequence[str]):
        """See `Reader.__init__`. IDX files hold no names, so none are compared."""

    def inspect(self, folder: Path) -> Contents:
        """See `Reader.inspect`. Reads every file to its end."""
        pairs = {source: _pair(folder, source) for source in _PREFIXES}
        files = [file for pair in pairs.values() for file in pair]
        looked_at = dict(zip(files, in_parallel(check_idx, files, at_once=1), strict=True))
        pictures = {}
        for source, (images, labels) in pairs.items():
            header = looked_at[images][0]
            _check_pair(images, header, labels, looked_at[labels][0])
            pictures[source] = header.items
        sums = ((file.name, looked_at[file][1]) for file in files)
        return Contents(pictures, self.contents(sums))

    def contents(self, sums: Iterable[tuple[str, str]]) -> dict[str, str]:
        """See `Reader`."""
        return {_plain(Path(name)): sha256 for name, sha256 in sums}

    def checksum(self, folder: Path, name: str) -> str:
        """See `Reader`."""
        return check_idx(folder / name)[1]

    def unread(self, folder: Path, selection: Selection) -> Iterator[Shard]:
        """See `Reader`: the files themselves, each for a worker."""
        files = [file for source in _PREFIXES for file in _pair(folder, source)]
        return file_shards(folder, files)

    def left_out(self, folder: Path) -> Mapping[str, Sequence[str]]:
        """Files that are none of the four, by the reason."""
        used = [file for source in _PREFIXES for file in _pair(folder, source)]
        return files_besides(folder, used)

    def prepare(self, folder: Path, scratch: Path) -> Path:
        """See `Reader`: unpacks what is compressed, which each shard would read from its start."""
        files = [file for source in _PREFIXES for file in _pair(folder, source)]
        if not any(map(is_compressed, files)):
            return folder
        unpacked = scratch / "unpacked"
        unpacked.mkdir()

        def unpack(file: Path) -> None:
            copy = unpacked / file.name.removesuffix(".gz")
            if is_compressed(file):
                unpack_idx(file, copy)
            else:
                copy.symlink_to(file.resolve())

        list(in_parallel(unpack, files, at_once=1))
        return unpacked

    def shards(self, folder: Path, selection: Selection) -> Sequence[Shard]:
        """See `Reader.shards`. A limit takes the first pictures of the file, in draw 0."""
        selection.refuse_drawing("IDX files")
        shards = []
        for source in _PREFIXES:
            images, labels = _pair(folder, source)
            header, label_header = read_header(images), read_header(labels)
            _check_pair(images, header, labels, label_header)
            pictures = select_numbers(source, header.items, selection)
            shards += shards_of(source, pictures, _PICTURES_PER_SHARD)
        return shards

    def read(self, folder: Path, shard: Shard) -> Iterator[Picture]:
        """See `Reader.read`. Holds a chunk of 1,000 pictures at a time, or of `limits.IDX_ITEM`."""
        images, labels = _pair(folder, shard.source)
        used = np.array(shard.items, np.int64)
        position, stop = int(used[0]), int(used[-1]) + 1
        chunk = max(1, min(1000, limits.IDX_ITEM // read_header(images).item_bytes))
        for all_pixels, all_labels in zip(
            iter_idx(images, start=position, stop=stop, chunk=chunk),
            iter_idx(labels, start=position, stop=stop, chunk=chunk),
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
        names = [f"{prefix}-{kind}{between}idx{rank}-ubyte" for between in "-."]
        globs = [name + suffix for name in names for suffix in ("", ".gz")]
        return find_file(lone_folder(folder, *globs), *globs)

    return find("images", "[34]"), find("labels", "1")


def _plain(path: Path) -> str:
    return path.name.removesuffix(".gz").replace(".idx", "-idx")


def _check_pair(images: Path, header: IdxHeader, labels: Path, label_header: IdxHeader) -> None:
    shape, label_shape = header.shape, label_header.shape
    if len(shape) not in (3, 4) or header.dtype != np.uint8:
        raise UserError(
            f"{images} holds an array of shape {shape} and type {header.dtype}, "
            "not bytes (unsigned) of rank 3 or 4: is it the images file?"
        )
    if len(label_shape) != 1:
        raise UserError(f"{labels} holds an array of shape {label_shape}: is it the labels file?")
    if label_header.dtype.kind not in "iu":
        raise UserError(
            f"{labels} holds numbers of type {label_header.dtype}, but labels are whole numbers"
        )
    if shape[0] != label_shape[0]:
        raise UserError(
            f"{images} holds {shape[0]:,} pictures but {labels.name} "
            f"{label_shape[0]:,} labels: they do not belong together"
        )
    if shape[0] == 0:
        raise UserError(f"{images} holds no pictures")
    if 0 in shape:
        sides = "×".join(map(str, shape[1:]))
        raise UserError(f"{images} holds pictures of {sides} pixels, which show nothing")

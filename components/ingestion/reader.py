"""What a reader of one data format gives to ExampleGen.

A reader is a class made without arguments; ExampleGen gets its import path. It says which
pieces (shards) a folder holds and reads one shard at a time, so that memory does not grow
with the data set and shards can be read side by side.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from components.errors import UserError


class Picture(NamedTuple):
    """One picture, as it will be stored.

    Attributes:
      example_id: stable name, e.g. "train/00000042"; decides whether it is held out.
      image: raw uint8 pixels (height × width × channels, row by row) or the original file.
      label: class number, from 0.
      height: in pixels.
      width: in pixels.
      mean_intensity: 0 … 255, over all pixels and channels.
    """

    example_id: str
    image: bytes
    label: int
    height: int
    width: int
    mean_intensity: float


@dataclass(frozen=True)
class Shard:
    """A piece of a data set, read by one worker into one file per split.

    Attributes:
      source: "train" or "test": the data set's own division.
      index: number of the shard within its source, from 0.
      of: number of shards of the source.
      start: first picture.
      stop: one past the last picture.
    """

    source: str
    index: int
    of: int
    start: int
    stop: int


def shards_of(source: str, pictures: int, per_shard: int) -> list[Shard]:
    """Divides the pictures 0 … `pictures` − 1 of a source evenly, in order."""
    count = max(1, -(-pictures // per_shard))
    bounds = [pictures * i // count for i in range(count + 1)]
    return [Shard(source, i, count, bounds[i], bounds[i + 1]) for i in range(count)]


@dataclass(frozen=True)
class Contents:
    """What a folder was found to hold.

    Attributes:
      pictures: number of pictures per source, e.g. {"train": 60000, "test": 10000}.
      sha256: check sum of each file's (uncompressed) content, by the file's plain name.
    """

    pictures: Mapping[str, int]
    sha256: Mapping[str, str]


class Reader(Protocol):
    """A data format. See `components.ingestion.idx_reader` for one."""

    #: Source → glob of its files in the folder; a change of these files starts a new ingestion.
    patterns: Mapping[str, str]

    def inspect(self, folder: Path) -> Contents:
        """Checks a folder before a run.

        Raises:
          UserError: something is missing or broken; the text names the file.
        """

    def shards(self, folder: Path, limits: Mapping[str, int]) -> Sequence[Shard]:
        """The shards of a folder, at most `limits[source]` pictures a source (0: all)."""

    def read(self, folder: Path, shard: Shard) -> Iterator[Picture]:
        """Yields a shard's pictures, in a fixed order."""


def find_file(folder: Path, *globs: str) -> Path:
    """Returns the file in `folder` that matches one of the globs, the first glob that has one.

    Raises:
      UserError: the folder or the file is not there, or a glob matches several files.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: give the folder that holds the data files")
    names = sorted(entry.name for entry in folder.iterdir())
    for pattern in globs:
        found = fnmatch.filter(names, pattern)
        if len(found) > 1:
            raise UserError(f"{folder} holds {' and '.join(found)}: keep one of them")
        if found:
            return folder / found[0]
    raise UserError(f"{folder} holds no file {globs[0]}")

"""What a reader of one data format gives to ExampleGen.

A reader is a class made with the class names, and where its format has options, with these;
ExampleGen gets its import path. It says which
pieces (shards) a folder holds and reads one shard at a time, so that memory does not grow
with the data set and shards can be read side by side.
"""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from components.code import load
from components.errors import UserError
from components.settings import NonNegative, Part, from_plain, settings

_LONE_FOLDERS = 2
#: The source of shards with names of files that are only looked at, and not read as pictures.
CHECK = "check"
#: Between two notes of a picture.
NOTE_SEPARATOR = "; "


class Picture(NamedTuple):
    """One picture, as it will be stored.

    Attributes:
      example_id: stable name, e.g. "train/00000042"; decides whether it is held out.
      image: raw uint8 pixels (height × width × channels, row by row) or a file that TensorFlow
        decodes (JPEG, PNG, BMP, GIF), mostly the original.
      label: class number, from 0.
      height: in pixels.
      width: in pixels.
      mean_intensity: 0 … 255, over all pixels and channels.
      note: what a person should know of it, e.g. "a PNG file in spite of its name"; "" for
        most. What `NOTE_SEPARATOR` parts is counted apart.
      fingerprint: of its decoded pixels, see `components.ingestion.leaks.fingerprint`; empty
        where the reader did not decode it, or stores raw pixels: ExampleGen then makes it.
      sha256: of the bytes of its file as they were read, where it is a file of its own, whose
        path is `example_id`; else empty.
    """

    example_id: str
    image: bytes
    label: int
    height: int
    width: int
    mean_intensity: float
    note: str = ""
    fingerprint: bytes = b""
    sha256: str = ""


class Rejected(NamedTuple):
    """A picture that cannot be used.

    Attributes:
      example_id: as of a `Picture`.
      reason: in a few words, e.g. "the file is empty".
      sha256: as of a `Picture`.
    """

    example_id: str
    reason: str
    sha256: str = ""


@settings
class Selection:
    """Which of a data set's pictures are used.

    Attributes:
      train_limit: at most this many training pictures; 0 means all.
      test_limit: at most this many test pictures; 0 means all.
      data_subset: at most this many training pictures of each class, drawn by a stable hash; 0
        means all.
      test_fraction: share of each class that is drawn as the test set, by a stable hash, where
        the data set has none of its own; at least 0, below 1.
      draw: another number draws other training pictures, another split `eval`, and another test
        set where `test_fraction` draws it. A data set's own test pictures are the same in every
        draw.
      train_draw: another number does the same to the training pictures and to `eval`, and leaves
        the test set as it is.
    """

    train_limit: NonNegative = 0
    test_limit: NonNegative = 0
    data_subset: NonNegative = 0
    test_fraction: Part = 0.0
    draw: NonNegative = 0
    train_draw: NonNegative = 0

    @property
    def draw_of_training(self) -> int:
        """The number of the draw of training pictures and of `eval`."""
        return self.draw + self.train_draw

    def limit(self, source: str, pictures: int) -> int:
        """How many of a source's `pictures` the limits leave."""
        limit = self.test_limit if source == "test" else self.train_limit
        return min(pictures, limit or pictures)

    def refuse_drawing(self, what: str) -> None:
        """For formats whose pictures are taken in their order.

        Raises:
          UserError: pictures would have to be drawn.
        """
        if self.data_subset or self.test_fraction:
            raise UserError(
                f"dataset.data_subset and dataset.test_fraction must be 0 for {what}, which have "
                "a test set of their own: use --limit for fewer pictures"
            )


Items = range | tuple[int, ...] | tuple[str, ...]


@dataclass(frozen=True)
class Shard:
    """A piece of a data set, read by one worker into one file per split.

    Attributes:
      source: "train" or "test": the data set's own division; or `CHECK`.
      index: number of the shard within its source, from 0.
      of: number of shards of the source.
      items: the pictures: their numbers or their names, in order.
    """

    source: str
    index: int
    of: int
    items: Items


def shards_of(source: str, items: Items, per_shard: int) -> list[Shard]:
    """Divides the pictures of a source evenly, in order."""
    count = max(1, -(-len(items) // per_shard))
    bounds = [len(items) * i // count for i in range(count + 1)]
    return [Shard(source, i, count, items[bounds[i] : bounds[i + 1]]) for i in range(count)]


def file_shards(folder: Path, files: Sequence[Path]) -> Iterator[Shard]:
    """A shard of source `CHECK` for each of a few files in a folder."""
    names = sorted(str(file.relative_to(folder)) for file in files)
    return (Shard(CHECK, index, len(names), (name,)) for index, name in enumerate(names))


@dataclass(frozen=True)
class Contents:
    """What a folder holds.

    Attributes:
      pictures: number of pictures per source, e.g. {"train": 60000, "test": 10000}.
      sha256: checksum of each file's (uncompressed) content, by the file's plain name.
    """

    pictures: Mapping[str, int]
    sha256: Mapping[str, str]


class Reader(Protocol):
    """A data format. See `components.ingestion.formats.idx` for one.

    A format with options has besides a `@settings` class of them, `Options`, and its constructor
    takes one after the class names; see `components.ingestion.formats.image_folder`. One whose
    folders may hold files that are no pictures of the data set has besides a method `left_out`,
    which takes the folder and returns reason → these files, for the notes.

    One whose checksums are to be made by those who read its shards, and not by one process after
    all was read, has besides `unread`, which takes what `shards` takes and gives shards of source
    `CHECK` with the files, in order, whose `sha256` no `Picture` brings; `checksum`, which takes
    the folder and such a name; and `contents`, which takes (name, checksum) of all files in the
    order of names and returns what `Contents.sha256` has.

    One that reads better from other files than people have may have `prepare`, which takes the
    folder and a scratch folder and returns the folder that all of these methods then take.
    """

    #: Name → glob of files, relative to the folder, or `components.ingestion.folder.EVERYTHING`;
    #: a change of any of them starts a new ingestion.
    patterns: Mapping[str, str]
    #: Whether pictures are stored as files (JPEG, PNG, BMP, GIF), each of its own size,
    #: and not as raw pixels, all of one size.
    encoded: bool

    def __init__(self, class_names: Sequence[str]):
        """Takes the class names: those of the labels 0, 1, and so on."""

    def inspect(self, folder: Path) -> Contents:
        """Checks a folder before a run.

        Raises:
          UserError: something is missing or broken; the text names the file.
        """

    def shards(self, folder: Path, selection: Selection) -> Iterable[Shard]:
        """The shards that hold the selected pictures of a folder, source by source, in order.

        Raises:
          UserError: the folder is not sound, or this format cannot select so.
        """

    def read(self, folder: Path, shard: Shard) -> Iterator[Picture | Rejected]:
        """Yields a shard's pictures, in a fixed order."""


def make_reader(reader: str, class_names: Sequence[str], options: Mapping[str, Any]) -> Reader:
    """Makes a reader for a data set.

    Args:
      reader: import path of its class.
      class_names: names of the labels 0, 1, …
      options: of the format, by their names; those that are not named have their defaults.

    Raises:
      UserError: there is no such reader, or it has no such options.
    """
    reader_class = load(reader)
    if not isinstance(reader_class, type):
        raise UserError(f"{reader} is no class of a reader")
    if not options:
        return reader_class(class_names)
    kind = getattr(reader_class, "Options", None)
    if kind is None:
        raise UserError(f"{reader} has no options: leave out dataset.options")
    known = [option.name for option in dataclasses.fields(kind)]
    for name in options:
        if name not in known:
            raise UserError(f"dataset.options.{name}: no such option; there is {', '.join(known)}")
    try:
        return reader_class(class_names, from_plain(kind, options))
    except UserError as error:
        raise UserError(f"dataset.options.{error}") from error


def inner_folder(folder: Path, name: str) -> Path:
    """The folder `name` in a folder, where archives put all into one; else the folder itself."""
    inner = folder / name
    return inner if inner.is_dir() else folder


def lone_folder(folder: Path, *globs: str) -> Path:
    """Where the files that match lie, when people have put one more folder around them.

    Args:
      folder: to start from.
      globs: of the files' names.

    Returns:
      `folder`, if something in it matches or it does not hold exactly one folder; else that one,
      looked at in the same way, at most `_LONE_FOLDERS` further in.
    """
    for _ in range(_LONE_FOLDERS):
        if not folder.is_dir() or any(_matching(folder, globs)):
            break
        folders = [entry for entry in folder.iterdir() if entry.is_dir() and not _hidden(entry)]
        if len(folders) != 1:
            break
        folder = folders[0]
    return folder


def find_file(folder: Path, *globs: str) -> Path:
    """Returns the file in `folder` that matches one of the globs, the first glob that has one.

    Where a folder has that name (an unpacked archive of one file), it is the file in there.

    Raises:
      UserError: the folder or the file is not there, or a glob matches several files.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder: give the folder that holds the data files")
    named = _matching(folder, globs)
    inside = (file for place in named if place.is_dir() for file in _matching(place, globs))
    files = [file for file in [*named, *inside] if not file.is_dir()]
    for pattern in globs:
        matching = [file for file in files if fnmatch.fnmatchcase(file.name, pattern)]
        if len(matching) > 1 and matching[0].parent == matching[1].parent:
            raise UserError(f"{folder} holds {' and '.join(f.name for f in matching)}: keep one")
        if matching:
            return matching[0]
    raise UserError(f"{folder} holds no file {globs[0]}")


def _matching(folder: Path, globs: Sequence[str]) -> list[Path]:
    return [
        entry
        for entry in sorted(folder.iterdir())
        if any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in globs)
    ]


def _hidden(entry: Path) -> bool:
    return entry.name.startswith(".") or entry.name == "__MACOSX"

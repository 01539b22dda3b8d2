"""Pictures as files in a folder, in the layouts people have.

  cat.0.jpg, dog.0.jpg             the class is the name's beginning
  cat/0.jpg, Dogs/0.jpg            a folder per class; case and a plural s do not matter
  cat/holiday/0.jpg                pictures of a class may lie deeper
  train/…  and  test/…             either of these in `train`, `training_set`, …; a labelled
                                   `test` (or else `val`, `validation`) is the test set
  inner/cat/0.jpg                  any of these one level down, or further

`class_folders` says how paths are understood. Without a test set of its own, a share of each
class is drawn by a stable hash. Beside a labelled `test`, the pictures of `val` are training
pictures: `eval` is drawn from all of these. Files are stored as they are, except for pictures
that TensorFlow would decode otherwise than people see them (`components.ingestion.picture_file`).
Pictures that cannot be decoded are left out and named, and so is every other file.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from components.errors import UserError
from components.ingestion.catalogue import Catalogue
from components.ingestion.folder import EVERYTHING
from components.ingestion.formats.class_folders import (
    TEST,
    TRAIN,
    VALIDATION,
    ClassFolders,
)
from components.ingestion.formats.found_classes import find_classes
from components.ingestion.parallel import in_parallel
from components.ingestion.picture_file import PictureLimits, examine, read_content
from components.ingestion.reader import (
    CHECK,
    NOTE_SEPARATOR,
    Contents,
    Picture,
    Rejected,
    Selection,
    Shard,
)
from components.ingestion.subset import UNUSED, select
from components.settings import settings

_PICTURES_PER_SHARD = 1_000
_BLOCK = 1 << 20
_OF_VALIDATION = {
    TEST: "of a folder for validation, used as the test set: no other is labelled",
    TRAIN: "of a folder for validation, used for training: eval is drawn from all of that",
}


@settings
class ImageFolderOptions(PictureLimits):
    """What a data set says of its archives.

    Attributes:
      inner_folder: a folder that holds all pictures, where there is one of this name.
      ignored_folders: names of folders that hold other pictures, e.g. without labels; case does
        not matter.
    """

    inner_folder: str = ""
    ignored_folders: tuple[str, ...] = ()


class ImageFolderReader:
    """Reads picture files; see the module's text for the layouts."""

    Options = ImageFolderOptions
    patterns: Mapping[str, str] = {"all": EVERYTHING}
    encoded = True

    def __init__(self, class_names: Sequence[str], options: ImageFolderOptions | None = None):
        """See `Reader.__init__`."""
        self._options = options or ImageFolderOptions()
        self._folders = ClassFolders(
            class_names, self._options.inner_folder, self._options.ignored_folders
        )

    def inspect(self, folder: Path) -> Contents:
        """See `Reader.inspect`. The checksum is of all pictures' names and contents together."""
        pictures = self._find(folder)
        sums = in_parallel(lambda name: (name, _sha256(folder / name)), pictures.names(TRAIN, TEST))
        return Contents(
            pictures={source: pictures.count(source) for source in (TRAIN, TEST)},
            sha256=self.contents(sums),
        )

    def contents(self, sums: Iterable[tuple[str, str]]) -> dict[str, str]:
        """See `Reader`."""
        digest, count = hashlib.sha256(), 0
        for name, sha256 in sums:
            digest.update(f"{name}\0{sha256}\n".encode())
            count += 1
        return {f"{count:,} pictures, names and contents": digest.hexdigest()}

    def checksum(self, folder: Path, name: str) -> str:
        """See `Reader`."""
        return _sha256(folder / name)

    def shards(self, folder: Path, selection: Selection) -> Iterator[Shard]:
        """See `Reader.shards`."""
        pictures = self._select(folder, selection)
        return (shard for source in (TRAIN, TEST) for shard in _shards_of(source, source, pictures))

    def unread(self, folder: Path, selection: Selection) -> Iterator[Shard]:
        """See `Reader`: the pictures that are not selected."""
        return _shards_of(CHECK, UNUSED, self._select(folder, selection))

    def read(self, folder: Path, shard: Shard) -> Iterator[Picture | Rejected]:
        """See `Reader.read`. Holds one picture at a time."""
        for name in shard.items:
            assert isinstance(name, str)
            placed = self._folders.place(name)
            assert placed.label is not None
            content = read_content(folder / name, self._options)
            if isinstance(content, str):
                yield Rejected(name, content, _sha256(folder / name))
                continue
            picture = examine(name, content, placed.label, self._options)
            if isinstance(picture, Picture) and placed.part == VALIDATION:
                notes = filter(None, (picture.note, _OF_VALIDATION[shard.source]))
                picture = picture._replace(note=NOTE_SEPARATOR.join(notes))
            yield picture._replace(sha256=hashlib.sha256(content).hexdigest())

    def left_out(self, folder: Path) -> Mapping[str, Sequence[str]]:
        """See `Reader`: the files that are none of the data set's pictures."""
        return self._folders.understand(folder).left_out

    def find_classes(self, folder: Path) -> tuple[str, ...]:
        """See `ClassFinder`."""
        return find_classes(folder, self._options.ignored_folders)

    def count(self, folder: Path) -> dict[str, dict[int, int]]:
        """See `ClassFinder`."""
        pictures = self._find(folder)
        return {source: pictures.counts(source) for source in (TRAIN, TEST)}

    def _find(self, folder: Path) -> Catalogue:
        """The pictures of both sources, `TRAIN` and `TEST`, as paths relative to `folder`."""
        if not folder.is_dir():
            raise UserError(f"{folder} is not a folder: give the folder that holds the pictures")
        pictures = self._folders.understand(folder).pictures
        pictures.move(VALIDATION, TRAIN if pictures.count(TEST) else TEST)
        return pictures

    def _select(self, folder: Path, selection: Selection) -> Catalogue:
        """The same, without those that are not selected, which are `UNUSED`."""
        pictures = self._find(folder)
        if not pictures.count(TEST) and not selection.test_fraction:
            raise UserError(
                f"{folder} has no test pictures: add a folder 'test', or set "
                "dataset.test_fraction to the share that is to be drawn as the test set"
            )
        select(pictures, selection)
        return pictures


READER = ImageFolderReader


def _shards_of(source: str, part: str, pictures: Catalogue) -> Iterator[Shard]:
    """A part's pictures in shards of equal size, in order; memory holds one at a time."""
    count = pictures.count(part)
    shards = max(1, -(-count // _PICTURES_PER_SHARD))
    names = pictures.names(part)
    for index in range(shards):
        size = count * (index + 1) // shards - count * index // shards
        yield Shard(source, index, shards, tuple(itertools.islice(names, size)))


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error
    return digest.hexdigest()

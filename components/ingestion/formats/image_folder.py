"""Pictures as files in a folder, in the layouts people have.

  cat.0.jpg, dog.0.jpg             the class is the name's beginning
  cat/0.jpg, Dogs/0.jpg            a folder per class; case and a plural s do not matter
  train/…  and  test/…             either of these in `train`; a labelled `test` (or else
                                   `validation`) is the test set
  inner/cat/0.jpg                  any of these one level down, see `Options`

Without a test set of its own, a share of each class is drawn by a stable hash. Files are
stored as they are; those that cannot be decoded are left out and named.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from PIL import Image

from components.errors import UserError
from components.ingestion.leaks import fingerprint
from components.ingestion.reader import (
    Contents,
    Picture,
    Rejected,
    Selection,
    Shard,
    inner_folder,
    shards_of,
)
from components.ingestion.subset import select
from components.settings import settings

_KINDS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".bmp": "BMP", ".gif": "GIF"}
_TRAIN, _TESTS = "train", ("test", "validation")
_PICTURES_PER_SHARD = 1_000
_MODES = {"L": "a grey picture", "CMYK": "CMYK colours, converted to RGB"}

Labelled = dict[int, list[str]]


@settings
class ImageFolderOptions:
    """What a data set says of its archives.

    Attributes:
      inner_folder: a folder that holds all pictures, where there is one of this name.
      ignored_folders: names of folders beside those of the classes that hold other pictures, e.g.
        without labels; case does not matter.
    """

    inner_folder: str = ""
    ignored_folders: tuple[str, ...] = ()


class ImageFolderReader:
    """Reads picture files; see the module's text for the layouts."""

    Options = ImageFolderOptions
    patterns: Mapping[str, str] = {"here": "*", "one down": "*/*", "two down": "*/*/*"}
    encoded = True

    def __init__(self, class_names: Sequence[str], options: ImageFolderOptions | None = None):
        """See `Reader.__init__`."""
        self._class_names = class_names
        self._options = options or ImageFolderOptions()
        self._no_classes = {_TRAIN, *_TESTS, *map(str.lower, self._options.ignored_folders)}
        self._labels = {
            spelling: label
            for label, name in enumerate(class_names)
            for spelling in (name.lower(), f"{name.lower()}s")
        }

    def inspect(self, folder: Path) -> Contents:
        """See `Reader.inspect`. The checksum is of all pictures' names and contents together."""
        sources = self._find(folder)
        digest = hashlib.sha256()
        names = sorted(
            name
            for labelled in sources.values()
            for of_label in labelled.values()
            for name in of_label
        )
        for name in names:
            content = hashlib.sha256((folder / name).read_bytes())
            digest.update(f"{name}\0{content.hexdigest()}\n".encode())
        return Contents(
            pictures={
                source: sum(map(len, labelled.values())) for source, labelled in sources.items()
            },
            sha256={f"{len(names):,} pictures, names and contents": digest.hexdigest()},
        )

    def shards(self, folder: Path, selection: Selection) -> Sequence[Shard]:
        """See `Reader.shards`."""
        sources = self._find(folder)
        if not sources["test"] and not selection.test_fraction:
            raise UserError(
                f"{folder} has no test pictures: add a folder 'test', or set "
                "dataset.test_fraction to the share that is to be drawn as the test set"
            )
        chosen = select(sources["train"], sources["test"], selection)
        return [
            shard
            for source, names in chosen.items()
            for shard in shards_of(source, names, _PICTURES_PER_SHARD)
        ]

    def read(self, folder: Path, shard: Shard) -> Iterator[Picture | Rejected]:
        """See `Reader.read`. Holds one picture at a time."""
        for name in shard.items:
            assert isinstance(name, str)
            label = self._label(PurePosixPath(name))
            assert label is not None
            yield examine(name, (folder / name).read_bytes(), label)

    def _find(self, folder: Path) -> dict[str, Labelled]:
        """The pictures of each source by label, as paths relative to `folder`."""
        if not folder.is_dir():
            raise UserError(f"{folder} is not a folder: give the folder that holds the pictures")
        root = inner_folder(folder, self._options.inner_folder)
        train = inner_folder(root, _TRAIN)
        labelled = self._labelled(train, folder)
        missing = [name for label, name in enumerate(self._class_names) if label not in labelled]
        if not labelled:
            raise UserError(
                f"{train} holds no pictures of {', '.join(map(repr, missing))}: their files must "
                f"be named like {missing[0]}.0.jpg, or lie in folders named like the classes"
            )
        if missing:
            raise UserError(f"{train} holds no pictures of class {missing[0]!r}")
        tests = (self._labelled(root / name, folder) for name in _TESTS)
        return {"train": labelled, "test": next((test for test in tests if test), {})}

    def _labelled(self, place: Path, folder: Path) -> Labelled:
        """The pictures in `place`, if it holds any whose class is known.

        Raises:
          UserError: others there belong to no class.
        """
        if not place.is_dir():
            return {}
        entries = sorted(place.iterdir())
        classes = [entry for entry in entries if self._is_class(entry)]
        files = [file for entry in classes for file in sorted(entry.iterdir())] or entries
        labelled: Labelled = {}
        strangers = []
        for file in filter(_is_picture, files):
            name = PurePosixPath(file.relative_to(folder).as_posix())
            label = self._label(name)
            if label is None:
                strangers.append(file)
            else:
                labelled.setdefault(label, []).append(str(name))
        if classes:
            strangers = [entry for entry in entries if self._is_strange(entry)]
        if labelled and strangers:
            raise UserError(
                f"{strangers[0]} belongs to none of the classes {', '.join(self._class_names)}: "
                "move it away, or correct dataset.class_names"
            )
        return labelled

    def _is_class(self, entry: Path) -> bool:
        return entry.name.lower() in self._labels and entry.is_dir()

    def _is_strange(self, entry: Path) -> bool:
        """Whether this is a folder of pictures, but of no class."""
        if self._is_class(entry) or entry.name.lower() in self._no_classes or not entry.is_dir():
            return False
        return any(map(_is_picture, entry.iterdir()))

    def _label(self, name: PurePosixPath) -> int | None:
        """The label that a picture's folder tells, or else the beginning of its name."""
        by_folder = self._labels.get(name.parent.name.lower())
        if by_folder is not None:
            return by_folder
        return self._labels.get(name.name.partition(".")[0].lower())


READER = ImageFolderReader


def examine(name: str, content: bytes, label: int) -> Picture | Rejected:
    """Looks at a picture file: decodes it as Transform will, and says what is odd about it.

    Args:
      name: the picture's id.
      content: of the file.
      label: of its class.
    """
    import tensorflow as tf  # here, since the command line must start without it

    from components.pictures import decode

    if not content:
        return Rejected(name, "the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow on metadata that nobody reads here
            with Image.open(io.BytesIO(content)) as header:
                kind, mode = header.format or "", header.mode
                kind = "JPEG" if kind == "MPO" else kind  # a JPEG with more pictures behind it
    except Image.DecompressionBombError:
        return Rejected(name, "larger than any picture should be")
    except (OSError, SyntaxError, ValueError):
        return Rejected(name, "not a picture")
    try:
        pixels = decode(tf.constant(content), 3).numpy()
    except tf.errors.InvalidArgumentError:
        if kind not in _KINDS.values():
            return Rejected(
                name, f"a {kind} file, not one of {', '.join(sorted({*_KINDS.values()}))}"
            )
        return Rejected(name, f"a {kind} file that is damaged or cut short")
    notes = []
    if kind != _KINDS[PurePosixPath(name).suffix.lower()]:
        notes.append(f"a {kind} file in spite of its name")
    if mode in _MODES:
        notes.append(_MODES[mode])
    height, width = pixels.shape[:2]
    return Picture(
        example_id=name,
        image=content,
        label=label,
        height=height,
        width=width,
        mean_intensity=float(pixels.mean()),
        note=", ".join(notes),
        fingerprint=fingerprint(pixels, height, width),
    )


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in _KINDS and not path.name.startswith(".") and path.is_file()

"""Pictures in the pickles of CIFAR-10, 10,000 each.

A folder (or one inside of it, see `Options`) has `data_batch_1` … `data_batch_5`, of which some
may be absent, `test_batch`, and `batches.meta` with the class names. A batch is a
dictionary with `data`, uint8 [pictures, 3072] (red, green, blue, each row by row), and
`labels`. Source: https://www.cs.toronto.edu/~kriz/cifar.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from components import limits
from components.errors import UserError
from components.files import read_file
from components.ingestion.folder import files_besides
from components.ingestion.formats.restricted_pickle import read_pickle
from components.ingestion.parallel import in_parallel
from components.ingestion.reader import (
    Contents,
    Picture,
    Selection,
    Shard,
    file_shards,
    find_file,
    inner_folder,
    lone_folder,
)
from components.ingestion.subset import select_numbers
from components.settings import settings

_META, _TEST, _README = "batches.meta", "test_batch", "readme.html"
_SIZE, _CHANNELS = 32, 3
_NUMBERS = _SIZE * _SIZE * _CHANNELS


class Batch(NamedTuple):
    """One file's pictures.

    Attributes:
      pixels: uint8 [n, 32, 32, 3].
      labels: one for each picture, 0 … number of classes − 1.
    """

    pixels: np.ndarray
    labels: list[int]


@settings
class CifarOptions:
    """What a data set says of its archive.

    Attributes:
      inner_folder: a folder that holds the batches, where there is one of this name.
    """

    inner_folder: str = ""


class CifarReader:
    """Reads the batches, one at a time."""

    Options = CifarOptions
    patterns: Mapping[str, str] = {
        "here": "*batch*",
        "inside": "*/*batch*",
        "two down": "*/*/*batch*",
        "three down": "*/*/*/*batch*",
    }
    encoded = False

    def __init__(self, class_names: Sequence[str], options: CifarOptions | None = None):
        """See `Reader.__init__`. They must be those of `batches.meta`, where there is one."""
        self._class_names = class_names
        self._options = options or CifarOptions()

    def inspect(self, folder: Path) -> Contents:
        """See `Reader.inspect`. Reads every batch."""
        folder = self._inner(folder)
        self._check_meta(folder / _META)
        batches = _batches(folder)
        pictures = {
            source: sum(len(self.read_batch(file).labels) for file in files)
            for source, files in batches.items()
        }
        files = [file for of_source in batches.values() for file in of_source]
        sums = in_parallel(lambda file: (file.name, _sha256(file)), files, at_once=1)
        return Contents(pictures, self.contents(sums))

    def contents(self, sums: Iterable[tuple[str, str]]) -> dict[str, str]:
        """See `Reader`."""
        return {Path(name).name: sha256 for name, sha256 in sums}

    def checksum(self, folder: Path, name: str) -> str:
        """See `Reader`."""
        return _sha256(folder / name)

    def unread(self, folder: Path, selection: Selection) -> Iterator[Shard]:
        """See `Reader`: the batches themselves, each for a worker."""
        batches = _batches(self._inner(folder)).values()
        return file_shards(folder, [file for files in batches for file in files])

    def left_out(self, folder: Path) -> Mapping[str, Sequence[str]]:
        """Files that are none of the official archive's, by the reason."""
        inner = self._inner(folder)
        batches = [file for files in _batches(inner).values() for file in files]
        return files_besides(folder, [*batches, *(inner / name for name in (_META, _README))])

    def shards(self, folder: Path, selection: Selection) -> Sequence[Shard]:
        """See `Reader.shards`. A shard is a batch; a limit takes the first pictures, in draw 0."""
        selection.refuse_drawing("CIFAR batches")
        shards = []
        for source, files in _batches(self._inner(folder)).items():
            ends = np.cumsum([len(self.read_batch(file).labels) for file in files])
            used = np.array(select_numbers(source, int(ends[-1]), selection))
            by_batch = np.split(used, np.searchsorted(used, ends[:-1]))
            while not len(by_batch[-1]):
                by_batch.pop()
            shards += [
                Shard(source, index, len(by_batch), tuple((numbers - start).tolist()))
                for index, (numbers, start) in enumerate(
                    zip(by_batch, [0, *ends], strict=False)  # the last ones may not be needed
                )
            ]
        return shards

    def read(self, folder: Path, shard: Shard) -> Iterator[Picture]:
        """See `Reader.read`. Holds one batch at a time."""
        file = _batches(self._inner(folder))[shard.source][shard.index]
        batch = self.read_batch(file)
        means = batch.pixels.reshape(len(batch.labels), -1).mean(axis=1)
        for index in shard.items:
            assert isinstance(index, int)
            yield Picture(
                example_id=f"{shard.source}/{file.name}/{index:05d}",
                image=batch.pixels[index].tobytes(),
                label=batch.labels[index],
                height=_SIZE,
                width=_SIZE,
                mean_intensity=float(means[index]),
            )

    def read_batch(self, file: Path) -> Batch:
        """Reads and checks one file.

        Raises:
          UserError: it is not a batch of this data set.
        """
        content = _with_text_keys(read_pickle(file), file)
        data, labels = content.get("data"), content.get("labels")
        if not isinstance(data, np.ndarray) or not isinstance(labels, list):
            raise UserError(
                f"{file} is not a CIFAR-10 batch: it holds no array 'data' and 'labels'"
            )
        if data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != _NUMBERS:
            raise UserError(
                f"{file} holds an array of shape {data.shape} and type {data.dtype}, not uint8 "
                f"of shape (pictures, {_NUMBERS}): is it a batch of CIFAR-10?"
            )
        if not len(data):
            raise UserError(f"{file} holds no pictures")
        if len(labels) != len(data):
            raise UserError(f"{file} holds {len(data):,} pictures but {len(labels):,} labels")
        for index, label in enumerate(labels):
            if type(label) is not int or not 0 <= label < len(self._class_names):
                raise UserError(
                    f"{file} gives picture {index} the label {limits.shown(label)}, but labels run "
                    f"from 0 to {len(self._class_names) - 1}"
                )
        planes = data.reshape(-1, _CHANNELS, _SIZE, _SIZE)
        return Batch(np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels)

    def _inner(self, folder: Path) -> Path:
        return lone_folder(inner_folder(folder, self._options.inner_folder), _TEST)

    def _check_meta(self, file: Path) -> None:
        if not file.exists():
            return
        names = _with_text_keys(read_pickle(file), file).get("label_names")
        if not isinstance(names, list):
            raise UserError(f"{file} is not CIFAR-10's: it holds no list 'label_names'")
        if list(map(_text, names)) != list(self._class_names):
            some = ", ".join(limits.shown(_text(name)) for name in names[:10])
            raise UserError(
                f"{file} names the classes [{some}], but the experiment has "
                f"{list(self._class_names)}: correct dataset.class_names, or give other data"
            )


READER = CifarReader


def _batches(folder: Path) -> dict[str, list[Path]]:
    test = find_file(folder, _TEST)
    train = [folder / f"data_batch_{number}" for number in range(1, 6)]
    present = [file for file in train if file.exists()]
    if not present:
        raise UserError(f"{folder} holds no data_batch_1 … data_batch_5: at least one is needed")
    return {"train": present, "test": [test]}


def _sha256(file: Path) -> str:
    return hashlib.sha256(read_file(file, limits.PICKLE_BYTES)).hexdigest()


def _with_text_keys(content: Any, file: Path) -> dict[Any, Any]:
    if not isinstance(content, dict):
        raise UserError(f"{file} holds a {type(content).__name__}, not a dictionary as CIFAR-10's")
    by_text = {_text(key): value for key, value in content.items()}
    if len(by_text) != len(content):
        raise UserError(f"{file} holds an entry twice, by text and by bytes: is it CIFAR-10's?")
    return by_text


def _text(value: Any) -> Any:
    return value.decode("latin1") if isinstance(value, bytes) else value

"""What is fuzzed: how inputs are made, and what reads them."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from components.errors import UserError
from components.ingestion.formats.cifar_pickle import CifarReader
from components.ingestion.formats.idx import IdxReader
from components.ingestion.picture_file import PictureLimits, examine
from components.ingestion.reader import Rejected, Selection
from components.yaml_file import read_yaml
from pipeline.datasets.archive import unpack
from pipeline.datasets.data_set import data_set
from pipeline.experiments import find_experiment
from pipeline.runners.kubeflow.resources import read_resources
from pipeline.settings.overrides import override
from tests.fuzz import mutate
from tests.fuzz.pictures import hostile_picture


class Target(NamedTuple):
    """One reader of other people's files.

    Attributes:
      make: an input, from chance alone.
      read: reads an input, in a folder that is its own and outlasts it.
      prepare: what takes memory once, and is no input's.
    """

    make: Callable[[random.Random], bytes]
    read: Callable[[bytes, Path], None]
    prepare: Callable[[], object] = bool


def _among(sound: dict[str, bytes], name: str, content: bytes, folder: Path) -> None:
    """Writes sound files, and in the place of `name` the input."""
    for other, whole in sound.items():
        if other != name and not (folder / other).exists():
            (folder / other).write_bytes(whole)
    (folder / name).write_bytes(content)


def _pickle(content: bytes, folder: Path) -> None:
    name = "batches.meta" if len(content) < 500 else "data_batch_1"
    sound = {"test_batch": mutate.SOUND_BATCH, "data_batch_1": mutate.SOUND_BATCH}
    _among(sound, name, content, folder)
    try:
        CifarReader(mutate.NAMES_OF_CLASSES).inspect(folder)
    finally:
        (folder / name).unlink()


def _idx(content: bytes, folder: Path) -> None:
    name = "train-labels-idx1-ubyte" if len(content) < 14 else "train-images-idx3-ubyte"
    pictures = b"\0\0\x08\3\0\0\0\3\0\0\0\3\0\0\0\2" + bytes(18)
    labels = b"\0\0\x08\1\0\0\0\3\0\1\2"
    sound = {
        f"{prefix}-{kind}-ubyte": whole
        for prefix in ("train", "t10k")
        for kind, whole in (("images-idx3", pictures), ("labels-idx1", labels))
    }
    _among(sound, name, content, folder)
    reader = IdxReader([])
    try:
        reader.inspect(folder)
        for shard in reader.shards(folder, Selection()):
            assert len(list(reader.read(folder, shard))) == len(shard.items)
    finally:
        (folder / name).unlink()


def _archive(suffix: str) -> Callable[[bytes, Path], None]:
    def read(content: bytes, folder: Path) -> None:
        archive, place = folder / f"archive{suffix}", folder / "outer" / "inner"
        archive.write_bytes(content)
        place.mkdir(parents=True)
        try:
            unpack(archive, place)
        finally:
            outside = {archive, place.parent, place}
            for path in folder.rglob("*"):
                assert path in outside or place in path.parents, f"{path} is outside"
                assert path.is_dir() or path.is_file(), f"{path} is no file"
                assert not path.is_symlink(), f"{path} is a link"
                os.fspath(path).encode()  # as ExampleGen does
            shutil.rmtree(place.parent)

    return read


def _text_file(read: Callable[[Path], object]) -> Callable[[bytes, Path], None]:
    def written(content: bytes, folder: Path) -> None:
        (folder / "a.yaml").write_bytes(content)
        read(folder / "a.yaml")

    return written


def _settings(content: bytes, _: Path) -> None:
    assignments = content.decode("utf-8", "surrogateescape").split("\n")
    override(find_experiment("mlp-batchnorm"), assignments)


# A picture of so many pixels takes a hundred megabytes while it is looked at.
_PICTURES = PictureLimits(max_pixels=4_000_000)


def _picture(content: bytes, _: Path) -> None:
    picture = examine("train/a.png", content, 0, _PICTURES)
    if isinstance(picture, Rejected):
        raise UserError(picture.reason)
    # What TensorFlow decodes in the graph is what was looked at. Imported here: it takes seconds.
    import tensorflow as tf

    from components.pictures import decode

    shape = tuple(decode(tf.constant(picture.image), 3).shape)
    assert shape == (picture.height, picture.width, 3), f"{shape} and not {picture[3:5]}"


def _prepare_pictures() -> None:
    for kind in range(30):
        with contextlib.suppress(UserError):
            _picture(hostile_picture(random.Random(kind)), Path())


TARGETS = {
    "pickle": Target(mutate.hostile_pickle, _pickle),
    "idx": Target(mutate.hostile_idx, _idx),
    "zip": Target(mutate.hostile_zip, _archive(".zip")),
    "tar": Target(mutate.hostile_tar, _archive(".tar.gz")),
    "picture": Target(hostile_picture, _picture, _prepare_pictures),
    "yaml": Target(mutate.hostile_yaml, _text_file(read_yaml)),
    "data_set": Target(mutate.hostile_data_set, _text_file(lambda file: data_set(str(file)))),
    "resources": Target(
        mutate.hostile_resources, _text_file(lambda file: read_resources(file, ["Trainer.x"]))
    ),
    "settings": Target(mutate.hostile_settings, _settings),
}


def _raise(content: bytes, _: Path) -> None:
    int(f"{content!r}")


def _hang(content: bytes, _: Path) -> None:
    time.sleep(3600)


def _crash(content: bytes, _: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _hoard(content: bytes, _: Path) -> None:
    bytearray(4 << 30)


def _work(content: bytes, _: Path) -> None:
    while True:
        pass


_FAULTS = {"raises": _raise, "hangs": _hang, "crashes": _crash, "hoards": _hoard, "works": _work}
#: Readers with the faults that the fuzzer must notice, for its own test.
FAULTY = {name: Target(lambda draw: draw.randbytes(3), read) for name, read in _FAULTS.items()}

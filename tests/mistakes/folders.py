"""Mistakes in data: each is a function that spoils a sound folder, and what must be said."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from components.ingestion.formats.idx_file import write_idx
from tests.components.ingestion.formats import test_cifar_pickle as cifar
from tests.components.ingestion.formats.picture_folders import write

Spoil = Callable[[Path], object]
Mistake = tuple[str, Spoil, str]

PICTURES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


def _write(name: str, content: bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(content)


def _written(name: str, values: Any) -> Spoil:
    return lambda folder: write_idx(folder / name, np.asarray(values))


def _remove(*names: str) -> Spoil:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


def _cut(name: str, share: float) -> Spoil:
    def cut(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(share * len(content))])

    return cut


def _instead(name: str, make: Callable[[Path], object]) -> Spoil:
    """Something else than a file."""

    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return spoil


def _idx(*sizes: int, code: int = 8, content: bytes = b"") -> bytes:
    return gzip.compress(
        bytes([0, 0, code, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + content
    )


#: In a folder with 200 + 100 pictures in IDX files.
IDX: tuple[Mistake, ...] = (
    ("no pictures", _remove(PICTURES), "holds no file train-images-idx[34]-ubyte"),
    ("no labels", _remove(LABELS), "holds no file train-labels-idx1-ubyte"),
    ("no test", _remove("t10k-images-idx3-ubyte.gz"), "holds no file t10k-images"),
    ("empty", _write(PICTURES, b""), PICTURES),
    ("text", _write(PICTURES, b"pictures"), PICTURES),
    ("HTML", _write(LABELS, b"<html>404</html>"), LABELS),
    ("empty gzip", _write(PICTURES, gzip.compress(b"")), PICTURES),
    ("cut", _cut(PICTURES, 0.5), "is cut short"),
    ("cut header", _cut(PICTURES, 0.001), PICTURES),
    ("cut labels", _cut(LABELS, 0.9), "is cut short"),
    ("other magic", _write(PICTURES, gzip.compress(b"\0\1\x08\3" + bytes(100))), "is not an IDX"),
    ("no such type", _write(PICTURES, _idx(1, 28, 28, code=7, content=bytes(784))), PICTURES),
    ("less than it says", _write(PICTURES, _idx(200, 28, 28, content=bytes(50))), PICTURES),
    ("more than it says", _write(LABELS, _idx(200, content=bytes(500))), LABELS),
    ("gigabytes", _write(PICTURES, _idx(2**31, 28, 28)), PICTURES),
    ("no dimension", _write(PICTURES, _idx()), PICTURES),
    ("200 dimensions", _write(PICTURES, _idx(*[1] * 200, content=b"1")), PICTURES),
    ("no pixel", _write(PICTURES, _idx(200, 0, 0)), PICTURES),
    ("no picture", _write(PICTURES, _idx(0, 28, 28)), PICTURES),
    ("labels as pictures", _written(PICTURES, np.zeros(200, np.uint8)), PICTURES),
    ("pictures as labels", _written(LABELS, np.zeros((200, 28, 28), np.uint8)), LABELS),
    ("one label less", _written(LABELS, np.zeros(199, np.uint8)), "200 pictures but"),
    ("one label more", _written(LABELS, np.zeros(201, np.uint8)), "200 pictures but"),
    ("half labels", _written(LABELS, np.full(200, 0.5)), LABELS),
    ("a folder", _instead(PICTURES, Path.mkdir), "holds no file train-images-idx[34]-ubyte"),
    ("a pipe", _instead(PICTURES, os.mkfifo), "pipe"),
    ("a dead link", _instead(PICTURES, lambda path: path.symlink_to("no")), PICTURES),
    ("a link to a device", _instead(LABELS, lambda path: path.symlink_to("/dev/zero")), LABELS),
)


def _meta(content: Any) -> Spoil:
    return _write("batches.meta", pickle.dumps(content))


_BATCH = "data_batch_1"

#: In a folder with CIFAR-10's batches.
CIFAR: tuple[Mistake, ...] = (
    ("no test", cifar.no_test_batch, "holds no file test_batch"),
    ("no batch", cifar.no_data_batch, "data_batch"),
    ("cut", cifar.cut_short, "cut short"),
    ("text", cifar.text, _BATCH),
    ("empty", _write(_BATCH, b""), _BATCH),
    ("zeros", _write(_BATCH, bytes(1000)), _BATCH),
    ("a zip", _write(_BATCH, b"PK\3\4" + bytes(100)), _BATCH),
    ("a list", cifar.a_list, _BATCH),
    ("a number", _write(_BATCH, pickle.dumps(3)), _BATCH),
    ("None", _write(_BATCH, pickle.dumps(None)), _BATCH),
    ("code", _write(_BATCH, b"cos\nsystem\n(S'touch x'\ntR."), _BATCH),
    ("nested tuples", _write(_BATCH, b"\x80\x02}" + b")" + b"\x85" * 200_000 + b"K\1s."), _BATCH),
    ("shared tuples", _write(_BATCH, b"\x80\x02})" + b"2\x86" * 200 + b"K\1s."), _BATCH),
    ("no data", cifar.changed(data=None), _BATCH),
    ("no labels", cifar.changed(labels=None), _BATCH),
    ("no pictures", cifar.changed(data=np.zeros((0, 3072), np.uint8), labels=[]), _BATCH),
    ("other pixels", cifar.changed(data=np.zeros((60, 100), np.uint8)), _BATCH),
    ("floats", cifar.changed(data=np.zeros((60, 3072))), _BATCH),
    ("one dimension", cifar.changed(data=np.zeros(3072, np.uint8)), _BATCH),
    ("text for data", cifar.changed(data="pixels"), _BATCH),
    ("one label less", cifar.changed(labels=[0] * 59), _BATCH),
    ("label 10", cifar.changed(labels=[10] * 60), _BATCH),
    ("label -1", cifar.changed(labels=[-1] * 60), _BATCH),
    ("half labels", cifar.changed(labels=[0.5] * 60), _BATCH),
    ("labels as text", cifar.changed(labels=["cat"] * 60), _BATCH),
    ("labels as one text", cifar.changed(labels="0" * 60), _BATCH),
    ("twice", cifar.twice, _BATCH),
    ("other classes", cifar.other_classes, "batches.meta"),
    ("names as a number", _meta({"label_names": 3}), "batches.meta"),
    ("endless names", cifar.endless_names, "batches.meta"),
    ("meta is text", _write("batches.meta", b"airplane\n"), "batches.meta"),
    ("a pipe", cifar.a_pipe, "pipe"),
    ("a folder", _instead(_BATCH, Path.mkdir), _BATCH),
    ("test is a dead link", _instead("test_batch", lambda path: path.symlink_to("no")), "test_b"),
)


def _photographs(*names: str, content: bytes | None = None) -> Spoil:
    return lambda folder: write(folder, *names, content=content)


def _empty_classes(folder: Path) -> None:
    for name in ("cat", "dog"):
        (folder / name).mkdir()


#: In an empty folder, for pictures of cats and dogs.
PHOTOGRAPHS: tuple[Mistake, ...] = (
    ("nothing", lambda folder: None, "holds no pictures"),
    ("no picture", _photographs("readme.txt", content=b"x"), "holds no pictures"),
    ("cats alone", _photographs("cat.0.jpg", "cat.1.jpg"), "dog"),
    ("other animals", _photographs("hen/0.jpg", "cow/0.jpg"), "holds 1 of class 'cow': a"),
    ("without names", _photographs("0.jpg", "1.jpg"), "cat.0.jpg"),
    ("a class more", _photographs("cat/0.jpg", "dog/0.jpg", "hen/0.jpg"), "hen"),
    ("no training", _photographs("test/cat/0.jpg", "test/dog/0.jpg"), "train"),
    ("empty classes", _empty_classes, "no pictures"),
    ("other formats", _photographs("cat/0.heic", "dog/0.heic", content=b"x"), "no pictures"),
)


def _zip(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return out.getvalue()


def _tar(entry: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        file.addfile(entry, io.BytesIO(bytes(entry.size)))
    return out.getvalue()


def _entry(name: str, **parts: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for part, value in parts.items():
        setattr(info, part, value)
    return info


_LINK, _PIPE = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, {"type": tarfile.FIFOTYPE}

#: Archives, by their names.
ARCHIVES: tuple[tuple[str, str, bytes, str], ...] = (
    ("empty", "a.zip", b"", "a.zip"),
    ("text", "a.zip", b"no archive", "a.zip"),
    ("cut", "a.zip", _zip({"cat.0.jpg": bytes(1000)})[:500], "a.zip"),
    ("nothing in it", "a.zip", _zip({}), "no pictures"),
    ("outside", "a.zip", _zip({"../../x.jpg": b""}), "would be written outside"),
    ("absolute", "a.zip", _zip({"/absolute/x.jpg": b""}), "a.zip"),
    ("a drive", "a.zip", _zip({"C:\\x.jpg": b""}), "a.zip"),
    ("a file and a folder", "a.zip", _zip({"a": b"x", "a/b.jpg": b"x"}), "a.zip"),
    ("a zip in a zip in a zip", "a.zip", _zip({"b.zip": _zip({"c.zip": _zip({})})}), "no pictures"),
    ("no pictures in it", "a.zip", _zip({"a.txt": b"x"}), "no pictures"),
    ("tar is text", "a.tar.gz", b"no archive", "a.tar.gz"),
    ("tar is gzip of text", "a.tar.gz", gzip.compress(b"no archive" * 100), "a.tar.gz"),
    ("tar outside", "a.tar.gz", _tar(_entry("../../x.jpg")), "would be written outside"),
    ("tar with a link", "a.tar.gz", _tar(_entry("cat.0.jpg", **_LINK)), "a.tar.gz"),
    ("tar with a pipe", "a.tar.gz", _tar(_entry("cat.0.jpg", **_PIPE)), "a.tar.gz"),
    ("a bomb", "a.tar.gz", gzip.compress(gzip.compress(bytes(1 << 20))), "a.tar.gz"),
    ("cut tar", "a.tar.gz", _tar(_entry("cat.0.jpg", size=5000))[:60], "a.tar.gz"),
)

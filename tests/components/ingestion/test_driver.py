"""The driver notices every change of the data, whatever their folder is called."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tfx.proto import example_gen_pb2

from components.errors import UserError
from components.ingestion.driver import Driver, seen
from components.ingestion.example_gen import ExampleGenSettings, PictureExampleGen
from components.ingestion.folder import EVERYTHING, files_below, files_like
from components.ingestion.reader import Selection
from components.pictures import PictureFormat

ODD_NAMES = ["plain", "fm[1]", "a*", "who?", "{SPAN}", "{YYYY}-{MM}-{DD}", "back\\slash", "[!a]"]


def fingerprint(folder: Path, *patterns: str) -> str:
    splits = [example_gen_pb2.Input.Split(name=p, pattern=p) for p in patterns]
    looked = Driver(None).get_input_processor(splits, None, str(folder))
    span, version = looked.resolve_span_and_version()
    assert (span, version) == (0, None)
    return looked.get_input_fingerprint(span, version)


@pytest.fixture(params=ODD_NAMES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "a1/cat/deep").mkdir(parents=True)  # what `a*` would match as a pattern
    made = tmp_path / request.param
    (made / "cat/deep").mkdir(parents=True)
    for name in ("train-images", "cat/0.jpg", "cat/deep/1.jpg"):
        (made / name).write_bytes(b"content")
    return made


@pytest.mark.parametrize("changed", ["train-images", "cat/0.jpg", "cat/deep/1.jpg", "new.jpg"])
def test_a_change_of_any_file_is_seen(folder: Path, changed: str) -> None:
    before = fingerprint(folder, EVERYTHING)
    assert fingerprint(folder, EVERYTHING) == before
    (folder / changed).write_bytes(b"other content")
    assert fingerprint(folder, EVERYTHING) != before


def test_so_is_a_change_of_time_alone(folder: Path) -> None:
    before = fingerprint(folder, "train-*", "*/*.jpg")
    os.utime(folder / "cat/0.jpg", ns=(0, 1))
    assert fingerprint(folder, "train-*", "*/*.jpg") != before


def resolved(folder: Path, sha256: dict[str, str]) -> dict[str, Any]:
    settings = ExampleGenSettings(
        reader="components.ingestion.formats.image_folder.ImageFolderReader",
        picture_format=PictureFormat(encoded=True, shape=(8, 8, 3), class_names=("cat", "dog")),
        eval_fraction=0.2,
        selection=Selection(),
        max_broken=0.0,
        max_leaked=0.0,
        sha256=sha256,
    )
    node = PictureExampleGen(input_base=str(folder), settings=settings)
    return Driver(None).resolve_exec_properties(dict(node.exec_properties), None, None)


def test_where_the_content_is_known_times_do_not_count(folder: Path) -> None:
    known, unknown = resolved(folder, {"all": "5d41"}), resolved(folder, {})
    os.utime(folder / "cat/0.jpg", ns=(0, 1))
    assert resolved(folder, {"all": "5d41"}) == known
    assert resolved(folder, {"all": "7d79"}) != known
    assert resolved(folder, {}) != unknown


def test_files_that_no_pattern_names_do_not_count(folder: Path) -> None:
    assert list(files_like(folder, ["train-*", "*/*.jpg"])) == ["cat/0.jpg", "train-images"]
    before = fingerprint(folder, "train-*")
    (folder / "runs").mkdir()
    assert fingerprint(folder, "train-*") == before


def test_no_files_are_a_mistake(tmp_path: Path) -> None:
    for patterns in ([EVERYTHING], ["train-*"]):
        with pytest.raises(UserError, match="holds no files of the data set's format"):
            seen(tmp_path, patterns)


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none cannot be read: No such file"):
        list(files_below(tmp_path / "none"))

from __future__ import annotations

import os
from pathlib import Path

import pytest

from components.manifest import damage, manifest_file, remove, write_manifest, write_whole


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    folder = tmp_path / "12"
    (folder / "inner").mkdir(parents=True)
    (folder / "model.pb").write_bytes(b"weights")
    (folder / "inner" / "empty").touch()
    write_manifest(folder)
    return folder


def test_a_folder_as_it_was_finished_is_sound(finished: Path) -> None:
    assert damage(finished) == ""
    assert not list(finished.parent.glob("*.new"))


def test_a_flipped_byte_is_noticed_though_size_and_time_are_the_same(finished: Path) -> None:
    file = finished / "model.pb"
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    file.write_bytes(b"weightt")
    os.utime(file, ns=times)
    assert damage(finished) == "model.pb has another content"


def test_what_is_missing_or_new_is_named(finished: Path) -> None:
    (finished / "inner" / "more").touch()
    assert damage(finished) == "inner/more was added"
    (finished / "inner" / "empty").unlink()
    assert damage(finished) == "inner/empty is missing"


def test_a_copy_is_looked_at_by_the_manifest_of_what_it_is_a_copy_of(finished: Path) -> None:
    copy = finished.parent / "copy"
    finished.rename(copy)
    assert damage(finished) == "it is gone"
    assert damage(copy) == "it was not finished"
    assert damage(copy, like=finished) == ""


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model.pb": 3}', '{"model.pb": {}}'])
def test_a_damaged_manifest_is_damage(finished: Path, content: str) -> None:
    manifest_file(finished).write_text(content)
    assert damage(finished) == "12.manifest.json is damaged"


def test_a_file_has_one_too(tmp_path: Path) -> None:
    file = tmp_path / "part.gz"
    write_whole(file, "text")
    assert damage(file) == "it was not finished"
    write_manifest(file)
    assert damage(file) == ""
    file.write_text("")
    assert damage(file) == "part.gz has another size"
    remove(file)
    assert list(tmp_path.iterdir()) == []

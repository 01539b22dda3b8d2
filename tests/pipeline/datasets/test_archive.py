from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from components.errors import UserError
from pipeline.datasets import archive
from pipeline.datasets.archive import unpack


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder to unpack into, two levels down, so that `../..` is still watched."""
    folder = tmp_path / "outer" / "inner"
    folder.mkdir(parents=True)
    return folder


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def tarred(path: Path, entries: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(("pack", "name"), [(zipped, "a.zip"), (tarred, "a.tar.gz")])
def test_files_come_out_as_they_went_in(pack, name: str, tmp_path: Path, place: Path) -> None:  # type: ignore[no-untyped-def]
    entries = {"train/cat.0.jpg": b"cat" * 1000, "readme.txt": b""}
    unpack(pack(tmp_path / name, entries), place)
    assert contents(place) == entries


def test_zip_files_in_a_zip_file_are_unpacked_too(tmp_path: Path, place: Path) -> None:
    inner = zipped(tmp_path / "train.zip", {"train/cat.0.jpg": b"cat"}).read_bytes()
    outer = zipped(tmp_path / "dogs-vs-cats.zip", {"train.zip": inner, "sample.csv": b"1"})
    unpack(outer, place)
    assert contents(place) == {"train/cat.0.jpg": b"cat", "sample.csv": b"1"}


@pytest.mark.parametrize("name", ["../../x.jpg", "a/../../x.jpg", "/x.jpg", "..\\x.jpg", "C:\\x"])
@pytest.mark.parametrize(("pack", "suffix"), [(zipped, ".zip"), (tarred, ".tgz")])
def test_an_entry_that_would_leave_the_folder_has_the_archive_refused(  # type: ignore[no-untyped-def]
    pack, suffix: str, name: str, tmp_path: Path, place: Path
) -> None:
    bad = pack(tmp_path / f"bad{suffix}", {"good.jpg": b"good", name: b"bad"})
    with pytest.raises(UserError, match="would be written outside the folder") as caught:
        unpack(bad, place)
    assert repr(name) in str(caught.value)
    assert contents(tmp_path).keys() == {f"bad{suffix}"}  # nothing was written anywhere


def test_an_inner_archive_is_watched_as_well(tmp_path: Path, place: Path) -> None:
    inner = zipped(tmp_path / "train.zip", {"../../x.jpg": b"bad"}).read_bytes()
    outer = zipped(tmp_path / "outer.zip", {"deep/er/train.zip": inner})
    with pytest.raises(UserError, match="would be written outside"):
        unpack(outer, place)
    assert not list(tmp_path.rglob("x.jpg"))


def test_links_are_refused(tmp_path: Path, place: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    for name in ("a.zip", "a.tar.gz"):
        with pytest.raises(UserError, match="'link' is a link or a device"):
            unpack(tmp_path / name, place)
    assert not list(place.iterdir())


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
@pytest.mark.parametrize("keep", [0, 5, 200])
def test_a_damaged_archive_costs_one_line(
    name: str, keep: int, tmp_path: Path, place: Path
) -> None:
    pack = zipped if name.endswith("zip") else tarred
    whole = pack(tmp_path / name, {f"{i}.jpg": bytes(range(256)) * 9 for i in range(9)})
    whole.write_bytes(whole.read_bytes()[:keep])
    with pytest.raises(UserError, match=f"{name} is damaged"):
        unpack(whole, place)


def test_an_archive_larger_than_the_disk_is_refused(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("usage", (), {"free": 10})
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(UserError, match="make room"):
        unpack(zipped(tmp_path / "a.zip", {"a.jpg": b"12345678901"}), place)

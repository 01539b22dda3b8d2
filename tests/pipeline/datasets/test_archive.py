from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from components import limits
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


MACOS = {"__MACOSX/._train.zip": b"\0\5\x16\7", "train/._cat.0.jpg": b"\0\5\x16\7"}


@pytest.mark.parametrize(("pack", "suffix"), [(zipped, ".zip"), (tarred, ".tgz")])
def test_what_macos_adds_is_left_out(pack, suffix: str, tmp_path: Path, place: Path) -> None:  # type: ignore[no-untyped-def]
    inner = zipped(tmp_path / "train.zip", {"train/cat.0.jpg": b"cat"}).read_bytes()
    unpack(pack(tmp_path / f"mac{suffix}", {"train.zip": inner, **MACOS}), place)
    assert contents(place) == {"train/cat.0.jpg": b"cat"}


@pytest.mark.parametrize(("pack", "suffix"), [(zipped, ".zip"), (tarred, ".tgz")])
def test_backslashes_are_separators(pack, suffix: str, tmp_path: Path, place: Path) -> None:  # type: ignore[no-untyped-def]
    unpack(pack(tmp_path / f"powershell{suffix}", {"train\\cat\\0.jpg": b"cat"}), place)
    assert contents(place) == {"train/cat/0.jpg": b"cat"}


def test_names_of_any_encoding_become_text(tmp_path: Path, place: Path) -> None:
    for number, encoding in enumerate(("latin-1", "utf-8")):
        name = f"Käfer/{number}.jpg"
        path = tmp_path / f"{number}.tar"
        with tarfile.open(path, "w", encoding=encoding, format=tarfile.GNU_FORMAT) as tar:
            tar.addfile(tarfile.TarInfo(name))
        unpack(path, place)
        stand_in = "#" * len(name.encode(encoding))  # zipfile itself would say that it is UTF-8
        path = zipped(tmp_path / f"{number}.zip", {stand_in: b""})
        path.write_bytes(path.read_bytes().replace(stand_in.encode(), name.encode(encoding)))
        (place / "zip").mkdir(exist_ok=True)
        unpack(path, place / "zip")
    names = ["Käfer/0.jpg", "Käfer/1.jpg", "zip/Käfer/0.jpg", "zip/Käfer/1.jpg"]
    assert sorted(contents(place)) == names


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["a.jpg", "a.jpg"], "'a.jpg' stands in it twice, and only one could be kept"),
        (["a.jpg", "./a.jpg"], "stands in it twice"),
        (["b/a.jpg", "b\\a.jpg"], "stands in it twice"),
        (["a", "a/b.jpg"], "'a' is a file and a folder"),
        (["a/b.jpg", "a"], "'a' is a file and a folder"),
        (["/".join("f" * 40)], "lies more than 32 folders deep"),
        (["n" * 256], "has a longer name than can be written"),
        (["/".join(["n" * 250] * 9)], "has a longer name than can|holds a name of 2,258 char"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
def test_entries_that_cannot_all_be_kept_are_refused(
    suffix: str, entries: list[str], said: str, tmp_path: Path, place: Path
) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w") as zip_file:
            for name in entries:
                zip_file.writestr(name, b"x")
    else:
        with tarfile.open(path, "w:gz") as tar:
            for name in entries:
                tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(UserError, match=said):
        unpack(path, place)
    assert not list(place.iterdir())


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
def test_names_that_differ_by_case_are_both_kept(suffix: str, tmp_path: Path, place: Path) -> None:
    entries = {"cat/a.jpg": b"1", "Cat/a.jpg": b"2", "cat/A.jpg": b"3"}
    unpack((zipped if suffix == ".zip" else tarred)(tmp_path / f"a{suffix}", entries), place)
    assert contents(place) == entries


def test_an_inner_archive_replaces_nothing(tmp_path: Path, place: Path) -> None:
    inner = zipped(tmp_path / "train.zip", {"cat.0.jpg": b"other"}).read_bytes()
    outer = zipped(tmp_path / "outer.zip", {"cat.0.jpg": b"cat", "train.zip": inner})
    with pytest.raises(UserError, match="outer.zip cannot be unpacked: File exists"):
        unpack(outer, place)
    assert (place / "cat.0.jpg").read_bytes() == b"cat"


def deflated(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize(("pack", "name"), [(deflated, "a.zip"), (tarred, "a.tar.gz")])
def test_a_bomb_is_refused_before_it_goes_off(  # type: ignore[no-untyped-def]
    pack, name: str, tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FREE_UNPACKED", limits.MIB)
    bomb = pack(tmp_path / name, {"good.jpg": b"good", "a.bmp": bytes(3 * limits.MIB)})
    with pytest.raises(UserError, match=f"{name} is refused: .* over 200 times as many"):
        unpack(bomb, place)
    assert not list(place.iterdir())


def test_a_bomb_in_an_archive_counts_for_the_whole(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FREE_UNPACKED", limits.MIB)
    parts = {
        f"{number}.zip": deflated(tmp_path / "x.zip", {f"{number}": bytes(700_000)}).read_bytes()
        for number in range(2)
    }
    with pytest.raises(UserError, match="outer.zip is refused: .* over 200 times as many"):
        unpack(deflated(tmp_path / "outer.zip", parts), place)


def test_a_file_with_holes_is_refused(tmp_path: Path, place: Path) -> None:
    info = tarfile.TarInfo("sparse")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"20000000000\0"  # the real size: 2 GiB, of which the archive holds nothing
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:]) + 8 * 32)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(bytes(header) + bytes(1024)))
    assert path.stat().st_size < 150
    with pytest.raises(UserError, match="'sparse' is a file with holes, not a file"):
        unpack(path, place)


@pytest.mark.parametrize(
    "kind", [tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_hard_links_devices_and_pipes_are_refused(kind: bytes, tmp_path: Path, place: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        info = tarfile.TarInfo("x")
        info.type, info.linkname = kind, "/etc/passwd"
        tar.addfile(info)
    with pytest.raises(UserError, match="'x' is a link or a device"):
        unpack(tmp_path / "a.tar", place)


def test_what_cannot_be_read_is_said(tmp_path: Path, place: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": b"cat"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1  # the flag for encryption
    path.write_bytes(content)
    with pytest.raises(UserError, match="is encrypted. Unpack it yourself"):
        unpack(path, place)
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(path, "w", method) as file:
            file.writestr("a.jpg", b"cat")
        with pytest.raises(UserError, match=f"compressed by method {method}, not as zip files"):
            unpack(path, place)


def test_headers_behind_headers_are_refused(tmp_path: Path, place: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 0
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) * 5000)
    with pytest.raises(UserError, match="a.tar is damaged"):
        unpack(tmp_path / "a.tar", place)


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
def test_too_many_entries_are_refused(
    suffix: str, tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ARCHIVE_ENTRIES", 9)
    pack = zipped if suffix == ".zip" else tarred
    with pytest.raises(UserError, match="has more than 9 entries"):
        unpack(pack(tmp_path / f"a{suffix}", {str(number): b"" for number in range(10)}), place)
    inner = zipped(tmp_path / "b.zip", {str(number): b"" for number in range(8)}).read_bytes()
    outer = pack(tmp_path / f"b{suffix}", {"x/b.zip": inner, "y/b.zip": inner})
    with pytest.raises(UserError, match="with the archives in it, it has more than 9 entries"):
        unpack(outer, place)


def test_headers_of_absurd_size_are_refused(tmp_path: Path, place: Path) -> None:
    with tarfile.open(tmp_path / "long.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("n" * 100_000))
    with pytest.raises(UserError, match=r"a header of it has 10\d,\d+ bytes"):
        unpack(tmp_path / "long.tar", place)
    keys = {f"key{number}": "x" for number in range(200)}
    with tarfile.open(tmp_path / "global.tar", "w", pax_headers=keys) as tar:
        tar.addfile(tarfile.TarInfo("a"))
    with pytest.raises(UserError, match="its global header has over 100 entries"):
        unpack(tmp_path / "global.tar", place)


def test_a_pipe_is_no_archive(tmp_path: Path, place: Path) -> None:
    os.mkfifo(tmp_path / "a.zip")
    with pytest.raises(UserError, match="a.zip is a pipe"):
        unpack(tmp_path / "a.zip", place)


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

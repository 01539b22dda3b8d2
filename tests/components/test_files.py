from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from components.errors import UserError
from components.files import absolute, at_home, open_file, read_file


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a file of ten bytes and what else can lie in a folder."""
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    Path("file").write_bytes(b"0123456789")
    Path("link").symlink_to("file")
    Path("folder").mkdir()
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    Path("to_pipe").symlink_to("pipe")
    Path("to_itself").symlink_to("to_itself")
    return tmp_path


@pytest.mark.parametrize("name", ["file", "link"])
def test_a_file_is_read_through_a_link_too(place: Path, name: str) -> None:
    assert read_file(place / name, at_most=10) == b"0123456789"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pipe", "is a pipe, not a file with data"),
        ("to_pipe", "is a pipe"),
        ("socket", "is a socket"),
        ("folder", "is a folder"),
        ("/dev/zero", "is a device"),
        ("nothing", "does not exist"),
        ("file/inside", "cannot be read: Not a directory"),
        ("to_itself", "cannot be read: Too many levels"),
        ("zero\0byte", "cannot be read: .*embedded null"),
        ("n" * 300, "cannot be read: File name too long"),
    ],
)
def test_what_is_no_file_is_refused_at_once(place: Path, name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        open_file(place / name)


def test_a_larger_file_is_not_read(place: Path) -> None:
    os.truncate("file", 1 << 40)  # a hole takes no room
    with pytest.raises(UserError, match=r"has 1,099,511,627,776 bytes: more than 9 are not read"):
        read_file(place / "file", at_most=9)


def test_a_path_is_kept_without_home_links_and_dots(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(place))
    here = place.resolve()
    assert absolute("folder/../link") == here / "file"
    assert absolute("~/not there/[x]") == here / "not there" / "[x]"
    assert at_home("~/link") == place / "link"  # a link keeps its name


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("~no-such-user/x", "~no-such-user/x cannot be followed: Could not determine home"),
        # As Python words it, and from 3.13 on.
        (
            "zero\0byte",
            "cannot be followed: (embedded null byte|lstat: embedded null character in path)",
        ),
        ("d\udcff/x", "a name in this path is not UTF-8; rename it"),
    ],
)
def test_a_path_that_cannot_be_kept_is_refused(place: Path, path: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        absolute(path)

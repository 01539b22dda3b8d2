"""Archives on a web server. Of object stores see tests/pipeline/stores."""

from __future__ import annotations

import functools
import http.server
import os
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.errors import UserError
from pipeline.datasets import download, locate, remote
from pipeline.datasets.data_set import data_set
from tests.conftest import write_idx_folder
from tests.pipeline.datasets.test_locate import Server, zipped


class WebServer(Server):
    """The same, as addresses are written."""

    def do_GET(self) -> None:
        self.path = urllib.parse.unquote(self.path.partition("?")[0])
        super().do_GET()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server of the folder `served`; the cache is in `cache`."""
    monkeypatch.setenv("PIPELINE_DATA", str(tmp_path / "cache"))
    Server.requests, Server.break_at = [], None
    (tmp_path / "served").mkdir()
    handler = functools.partial(WebServer, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def get(address: str, tmp_path: Path) -> Path:
    return remote.fetch(address, tmp_path / "cache", lambda *_: None)


def test_an_archive_is_data_like_any_other(server: str, tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "data")
    zipped(folder, tmp_path / "served" / "my data.zip")
    dataset = data_set("fashion-mnist")
    here = locate.data("mlp-batchnorm", dataset, str(folder))
    there = locate.data("mlp-batchnorm", dataset, f"{server}/my%20data.zip?signature=secret")
    assert there.contents.pictures == here.contents.pictures
    assert {*there.contents.sha256} == {*here.contents.sha256, "my data.zip"}
    assert there.contents.sha256.items() >= here.contents.sha256.items()
    assert there.description.endswith(f", fetched from {server}/my%20data.zip")


def test_it_is_fetched_again_when_it_is_another(server: str, tmp_path: Path) -> None:
    address, file = f"{server}/a.zip", tmp_path / "served" / "a.zip"
    zipped(write_idx_folder(tmp_path / "one"), file)
    first = get(address, tmp_path).read_bytes()
    asked = len(Server.requests)
    assert get(address, tmp_path).read_bytes() == first
    assert len(Server.requests) == asked  # these are GETs; whether it changed is asked by HEAD
    zipped(write_idx_folder(tmp_path / "other", seed=1), file)
    os.utime(file, (0, 0))
    assert get(address, tmp_path).read_bytes() == file.read_bytes() != first


def test_a_connection_that_breaks_leaves_nothing_to_be_used(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_BLOCK", 100)  # the last one, if not complete, may be lost
    file = zipped(write_idx_folder(tmp_path / "one"), tmp_path / "served" / "a.zip")
    Server.break_at = 1000
    with pytest.raises(UserError, match="cannot be fetched: the connection broke at 1,000 of"):
        get(f"{server}/a.zip", tmp_path)
    Server.break_at = None
    assert get(f"{server}/a.zip", tmp_path).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("none.zip", "cannot be fetched: 404"),
        ("folder/", "only archives are fetched from web servers, whose names end in .zip, .tar.gz"),
        ("pictures", "only archives are fetched"),
        ("pictures?name=a.zip", "only archives are fetched"),
    ],
)
def test_what_is_no_archive_is_refused(server: str, tmp_path: Path, path: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        get(f"{server}/{path}", tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_nobody_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--data http://127.0.0.1:9/a.zip cannot be fetched: "):
        get("http://127.0.0.1:9/a.zip", tmp_path)


def test_more_than_the_disk_has_left_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="bytes are to be fetched, and the disk of .* has"):
        remote._check_room("s3://b/x", tmp_path, 1 << 62)

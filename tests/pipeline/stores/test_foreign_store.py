"""Data and reports in an object store that others wrote, which checks signatures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pytest

from components.errors import UserError
from pipeline.datasets import locate, remote
from pipeline.datasets.data_set import data_set
from pipeline.runners.kubeflow.fetch import fetch_report
from tests.conftest import Cli, write_idx_folder
from tests.pipeline.stores.foreign_store import BUCKET, ForeignStore, running

ROOT = "v2/artifacts"
#: Keys that any program may have made.
ODD = ["a b.txt", "a+b.txt", "50%25.txt", "käfer.txt", "#1?.txt", "'\"<>.txt", "~tilde/!x/(y).txt"]
if int(pyarrow.__version__.partition(".")[0]) >= 18:  # version 10 signs these as no server expects
    ODD[:0] = ["a&b.txt", "12:30.txt", "me@home.txt", "year=2026/a.txt", "a,b.txt", "$a.txt"]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignStore]:
    with running(tmp_path_factory.mktemp("store")) as server:
        yield server


@pytest.fixture
def store(started: ForeignStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ForeignStore:
    """The server; who asks is in the environment, and the cache of data in `tmp_path`."""
    for name, value in started.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PIPELINE_DATA", str(tmp_path / "cache"))
    return started


def fetch(address: str, cache: Path) -> dict[str, bytes]:
    """Fetches a folder; the content of its files by their paths."""
    folder = remote.fetch(address, cache, lambda *_: None)
    files = [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def many(started: ForeignStore) -> dict[str, bytes]:
    """More objects than a store lists at once, 1,000, in the folder `run-1/report`."""
    objects = {f"{number % 3}/{number:05}.txt": b"%d" % number for number in range(1050)}
    started.put({f"{ROOT}/mlp/run-1/report/{name}": body for name, body in objects.items()})
    return objects


@pytest.mark.parametrize("scheme", ["s3", "minio"])
def test_a_report_is_found_among_many_objects(
    store: ForeignStore, many: dict[str, bytes], tmp_path: Path, scheme: str
) -> None:
    folder = f"{ROOT}/mlp/run-1/report"
    store.put({f"{folder}/z/report.html": b"<html>", f"{folder}-2/report.html": b"<other>"})
    page = tmp_path / "page.html"
    fetch_report(f"{scheme}://{BUCKET}/{ROOT}", "mlp", "run-1", {"report.html": page})
    assert page.read_bytes() == b"<html>"
    with pytest.raises(UserError, match=r"no report\.html in"):
        fetch_report(f"{scheme}://{BUCKET}/{ROOT}", "mlp", "run-2", {"report.html": page})
    store.put({f"{folder}/z/report.html": None})


def test_a_folder_is_fetched_whole(
    store: ForeignStore, many: dict[str, bytes], tmp_path: Path
) -> None:
    assert fetch(f"s3://{BUCKET}/{ROOT}/mlp/run-1/report", tmp_path) == many


def test_odd_names_are_names(store: ForeignStore, tmp_path: Path) -> None:
    odd = {name: name.encode() for name in ODD}
    store.put({f"odd/{name}": content for name, content in odd.items()})
    store.put({"odd-2/x.txt": b"another folder", "odd/": b""})
    assert fetch(f"s3://{BUCKET}/odd", tmp_path) == odd
    assert fetch(f"s3://{BUCKET}/odd/~tilde", tmp_path) == {"!x/(y).txt": odd[ODD[-1]]}


def test_what_changed_there_changes_here_and_nothing_else_is_fetched(
    store: ForeignStore, tmp_path: Path
) -> None:
    address = f"s3://{BUCKET}/changing"
    store.put({"changing/a": b"a", "changing/b": b"b", "changing/c": b"c"})
    fetched: list[int] = []

    def get() -> dict[str, bytes]:
        fetched.clear()
        folder = remote.fetch(address, tmp_path, lambda _, done, total: fetched.append(done))
        return {p.name: p.read_bytes() for p in folder.iterdir() if p.name[0] != "."}

    assert get() == {"a": b"a", "b": b"b", "c": b"c"}
    assert len(fetched) == 3
    assert get() == {"a": b"a", "b": b"b", "c": b"c"}
    assert fetched == []
    store.put({"changing/a": None, "changing/b": b"another b"})
    assert get() == {"b": b"another b", "c": b"c"}
    assert len(fetched) == 1


@pytest.mark.parametrize("key", ["..", "a/../../b", "x" * 256, "a/" + "é" * 130])
def test_a_key_that_is_no_path_is_refused(store: ForeignStore, tmp_path: Path, key: str) -> None:
    folder = f"odd-{len(key)}"
    store.put({f"{folder}/{key}": b"x"})
    with pytest.raises(UserError, match="cannot be a file of that name here: rename it") as caught:
        fetch(f"s3://{BUCKET}/{folder}", tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_data_in_a_store_are_data_like_any_other(store: ForeignStore, tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "data")
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    store.put({f"mine/{name}": content for name, content in files.items()})
    store.put({"archives/mine.zip": archive.getvalue()})
    dataset = data_set("fashion-mnist")
    here = locate.data("mlp-batchnorm", dataset, str(folder))
    for address in (f"s3://{BUCKET}/mine", f"minio://{BUCKET}/archives/mine.zip"):
        there = locate.data("mlp-batchnorm", dataset, address)
        assert there.contents.sha256.items() >= here.contents.sha256.items()
        assert there.kind == "own"
        assert there.description.endswith(f", fetched from {address}")


def test_mistakes_are_one_line(
    store: ForeignStore, cli_here: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(address: str) -> str:
        done = cli_here("run", "mlp-batchnorm", "--data", address)
        assert (done.returncode, done.stdout) == (2, "")
        [line] = done.stderr.splitlines()
        assert line.startswith(f"error: --data {address}")
        return line

    assert said(f"s3://{BUCKET}/nowhere").endswith("there is nothing")
    assert said("s3://no-such-bucket/x").endswith("there is nothing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    refusal = said(f"s3://{BUCKET}/mine")
    assert "cannot be fetched: " in refusal
    assert "ACCESS_DENIED" in refusal

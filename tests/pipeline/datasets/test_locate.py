from __future__ import annotations

import dataclasses
import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from components.errors import UserError
from components.ingestion.formats.idx import IdxReader
from components.ingestion.formats.idx_file import check_idx, write_idx
from pipeline.datasets import download, locate
from pipeline.datasets.locate import Located, Weights
from pipeline.datasets.source import Source
from tests.conftest import write_idx_folder


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves files, with Range; `break_at` cuts the first answer off after so many bytes."""

    break_at: int | None = None
    requests: list[str]

    def do_GET(self) -> None:
        content = (Path(self.directory) / self.path.lstrip("/")).read_bytes()
        wanted = self.headers.get("Range", "")
        self.requests.append(f"{self.path} {wanted}".strip())
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = len(content)
        if Server.break_at is not None:
            stop, Server.break_at = Server.break_at, None
        self.wfile.write(content[start:stop])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A folder with a tiny data set, as the official server would hold it."""
    return write_idx_folder(tmp_path / "origin", train=60, test=40)


@pytest.fixture
def source(origin: Path) -> Source:
    """A source that describes `origin` and can be reached nowhere."""
    files = {p.name.removesuffix(".gz"): check_idx(p)[1] for p in sorted(origin.iterdir())}
    return Source(
        name="tiny",
        title="Tiny",
        files=files,
        sample="pipeline.datasets.samples.fashion_mnist.write_idx_sample",
    )


@pytest.fixture
def served(source: Source, origin: Path) -> Iterator[Source]:
    """The same source, served on this machine."""
    Server.requests, Server.break_at = [], None
    handler = functools.partial(Server, directory=str(origin))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{{file}}.gz"
        yield dataclasses.replace(source, address=address)
        server.shutdown()


def files_in(cache: Path) -> list[str]:
    return [str(p) for p in cache.rglob("*") if p.is_file() and p.name != ".lock"]


def zipped(folder: Path, path: Path) -> Path:
    """An archive of all files in a folder."""
    with zipfile.ZipFile(path, "w") as file:
        for entry in folder.iterdir():
            file.write(entry, entry.name)
    return path


def find(source: Source, request: str, cache: Path) -> Located:
    return locate.find(
        source, IdxReader([]), request, cache, progress=lambda *_: None, notice=lambda _: None
    )


def test_a_download_is_verified_and_then_served_from_the_cache(
    served: Source, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    assert find(served, "auto", cache).kind == "official"
    asked = len(Server.requests)
    assert find(served, "official", cache).folder == cache / "tiny"
    assert asked == 4
    assert len(Server.requests) == asked


def test_progress_is_reported(served: Source, tmp_path: Path) -> None:
    reports: list[tuple[str, int, int | None]] = []
    locate.find(
        served,
        IdxReader([]),
        "auto",
        tmp_path,
        progress=lambda *args: reports.append(args),
        notice=lambda _: None,
    )
    names = {name for name, _, _ in reports}
    assert names == set(served.files)
    assert all(done <= (total or 0) for _, done, total in reports)


def test_a_download_goes_on_where_it_broke_off(
    served: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_BLOCK", 100)
    cache = tmp_path / "cache"
    Server.break_at = 1050
    with pytest.raises(UserError, match="cannot be fetched"):
        find(served, "official", cache)
    assert not (cache / "tiny").exists()
    assert find(served, "official", cache).kind == "official"
    first = next(iter(served.files))
    assert Server.requests[0] == f"/{first}.gz"
    # The last block, which was not complete, may be lost.
    assert re.fullmatch(rf"/{first}\.gz bytes=10[05]0-", Server.requests[1])


def test_other_data_than_expected_are_refused_and_not_kept(served: Source, tmp_path: Path) -> None:
    name = list(served.files)[2]
    wrong = dataclasses.replace(served, files={**served.files, name: "0" * 64})
    with pytest.raises(UserError, match="check sum differs"):
        find(wrong, "auto", tmp_path / "cache")
    assert not [file for file in files_in(tmp_path / "cache") if name in file]
    assert not (tmp_path / "cache" / "tiny").exists()


def test_no_network_refuses_official_and_leaves_nothing(source: Source, tmp_path: Path) -> None:
    nowhere = dataclasses.replace(source, address="http://127.0.0.1:9/{file}.gz")
    cache = tmp_path / "cache"
    with pytest.raises(UserError, match="no connection.*--data sample"):
        find(nowhere, "official", cache)
    assert files_in(cache) == []


def test_no_network_gives_the_labelled_stand_in_for_auto(source: Source, tmp_path: Path) -> None:
    notices: list[str] = []
    located = locate.find(
        source, IdxReader([]), "auto", tmp_path, progress=lambda *_: None, notice=notices.append
    )
    assert located.kind == "sample"
    assert "GENERATED STAND-IN" in located.description
    assert "using the generated stand-in" in notices[0]


def test_a_cache_with_other_data_is_not_used_silently(
    source: Source, origin: Path, tmp_path: Path
) -> None:
    shutil.copytree(origin, tmp_path / "cache" / "tiny")
    write_idx(tmp_path / "cache/tiny/train-labels-idx1-ubyte.gz", np.zeros(60, np.uint8))
    with pytest.raises(UserError, match="check sum of train-labels-idx1-ubyte differs"):
        find(source, "auto", tmp_path / "cache")


def test_a_system_folder_comes_before_the_network(
    served: Source, origin: Path, tmp_path: Path
) -> None:
    installed = dataclasses.replace(served, system_folders=(str(origin),))
    assert find(installed, "auto", tmp_path / "cache").folder == origin
    assert Server.requests == []


def test_a_folder_of_ones_own_is_official_only_if_the_check_sums_agree(
    source: Source, origin: Path, tmp_path: Path
) -> None:
    other = write_idx_folder(tmp_path / "other", seed=1)
    assert find(source, str(origin), tmp_path).kind == "official"
    own = find(source, str(other), tmp_path)
    assert own.kind == "own"
    assert "not the official Tiny" in own.description


@pytest.fixture
def packed(served: Source, origin: Path, tmp_path: Path) -> Source:
    """The same data as one zip archive, served on this machine."""
    file = zipped(origin, tmp_path / "tiny.zip")
    shutil.copy(file, origin)
    address = served.address.removesuffix(".gz")
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return dataclasses.replace(served, address=address, files={"tiny.zip": sha256})


def test_an_archive_is_verified_unpacked_and_served_from_the_cache(
    packed: Source, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    for _ in range(2):
        located = find(packed, "official", cache)
        assert located.kind == "official"
        assert located.folder == cache / "tiny"
        assert located.contents.sha256["tiny.zip"] == packed.files["tiny.zip"]
    assert Server.requests == ["/tiny.zip"]
    assert not list(cache.rglob("tiny.zip*"))


def test_another_archive_than_expected_is_refused(packed: Source, tmp_path: Path) -> None:
    wrong = dataclasses.replace(packed, files={"tiny.zip": "0" * 64})
    with pytest.raises(UserError, match="tiny.zip gave other data than expected"):
        find(wrong, "official", tmp_path / "cache")
    assert files_in(tmp_path / "cache") == []


def test_an_archive_of_ones_own_is_unpacked_once(packed: Source, tmp_path: Path) -> None:
    cache, mine = tmp_path / "cache", write_idx_folder(tmp_path / "mine", seed=1)
    official = find(packed, str(tmp_path / "tiny.zip"), cache)
    assert official.kind == "official"
    assert official.description.endswith(f"(check sums verified) in {tmp_path / 'tiny.zip'}")
    own = find(packed, str(zipped(mine, tmp_path / "mine.zip")), cache)
    assert own.kind == "own"
    assert own.description.endswith(f" in {tmp_path / 'mine.zip'}")
    assert own.contents.pictures == {"train": 200, "test": 100}
    made = own.folder.stat().st_ctime_ns
    assert find(packed, str(tmp_path / "mine.zip"), cache).folder == own.folder
    assert own.folder.stat().st_ctime_ns == made


def test_an_unpacked_archive_that_was_changed_is_unpacked_again(
    packed: Source, tmp_path: Path
) -> None:
    cache, file = tmp_path / "cache", str(tmp_path / "tiny.zip")
    folder = find(packed, file, cache).folder
    labels = folder / "train-labels-idx1-ubyte.gz"
    before = labels.read_bytes()
    write_idx(labels, np.zeros(60, np.uint8))
    assert find(packed, file, cache).kind == "official"
    assert labels.read_bytes() == before


def test_who_claims_to_be_the_official_archive_is_not_believed(
    packed: Source, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    find(packed, "official", cache)
    noise = write_idx_folder(tmp_path / "noise", seed=1)
    (noise / ".unpacked.json").write_text(json.dumps(packed.files))
    assert find(packed, str(noise), cache).kind == "own"
    shutil.copytree(cache / ".unpacked", noise / ".unpacked")
    assert find(packed, str(noise), cache).kind == "own"


def test_a_copy_of_what_the_official_archive_holds_is_official(
    packed: Source, tmp_path: Path
) -> None:
    cache, copy = tmp_path / "cache", tmp_path / "copy"
    shutil.copytree(find(packed, "official", cache).folder, copy)
    (copy / ".DS_Store").touch()
    assert find(packed, str(copy), cache).kind == "official"
    (copy / "more.txt").touch()
    assert find(packed, str(copy), cache).kind == "own"


def test_official_data_that_were_changed_are_refused(packed: Source, tmp_path: Path) -> None:
    folder = find(packed, "official", tmp_path / "cache").folder
    write_idx(folder / "train-labels-idx1-ubyte.gz", np.zeros(60, np.uint8))
    with pytest.raises(UserError, match="it is not what tiny.zip was unpacked to here. Delete"):
        find(packed, "official", tmp_path / "cache")


def test_a_record_that_is_cut_short_is_made_anew(packed: Source, tmp_path: Path) -> None:
    cache, file = tmp_path / "cache", str(tmp_path / "tiny.zip")
    find(packed, file, cache)
    [record] = (cache / ".unpacked").iterdir()
    record.write_text("{")
    assert find(packed, file, cache).kind == "official"
    assert json.loads(record.read_text()) == packed.files


def test_what_a_killed_unpacking_left_is_taken_away(packed: Source, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for left in ("tiny.part", "unpacked/" + packed.files["tiny.zip"][:16] + ".part"):
        (cache / left / "folder").mkdir(parents=True)
        (cache / left / "train-labels-idx1-ubyte.gz").touch()
        (cache / left / "folder" / "half").touch()
    for request in ("official", str(tmp_path / "tiny.zip")):
        located = find(packed, request, cache)
        assert located.kind == "official"
        assert len(list(located.folder.iterdir())) == 4


@pytest.fixture
def one_file(served: Source, origin: Path) -> Source:
    """One file of weights, served on this machine, with the check sum its publisher gives."""
    (origin / "weights.h5").write_bytes(b"weights" * 1000)
    checksum = "md5:" + hashlib.md5(b"weights" * 1000).hexdigest()
    address = served.address.removesuffix(".gz")
    return dataclasses.replace(served, address=address, files={"weights.h5": checksum})


def find_file(source: Source, cache: Path) -> Path:
    return locate.find_file(source, cache, progress=lambda *_: None)


def test_a_file_is_fetched_once_and_verified(one_file: Source, tmp_path: Path) -> None:
    for _ in range(2):
        assert find_file(one_file, tmp_path / "cache") == tmp_path / "cache" / "weights.h5"
    assert Server.requests == ["/weights.h5"]
    elsewhere = dataclasses.replace(one_file, system_folders=(str(tmp_path / "cache"),))
    assert find_file(elsewhere, tmp_path / "other") == tmp_path / "cache" / "weights.h5"


def test_a_file_that_cannot_be_fetched_is_asked_for(one_file: Source, tmp_path: Path) -> None:
    nowhere = dataclasses.replace(one_file, address="http://127.0.0.1:9/{file}")
    with pytest.raises(UserError, match="download http.*weights.h5 elsewhere and put it into"):
        find_file(nowhere, tmp_path / "cache")
    assert files_in(tmp_path / "cache") == []


def test_another_file_than_expected_is_refused(one_file: Source, tmp_path: Path) -> None:
    wrong = dataclasses.replace(one_file, files={"weights.h5": "md5:" + "0" * 32})
    with pytest.raises(UserError, match="check sum differs"):
        find_file(wrong, tmp_path / "cache")
    assert files_in(tmp_path / "cache") == []
    (tmp_path / "cache" / "weights.h5").write_text("something else")
    with pytest.raises(UserError, match="is not Tiny: its check sum differs"):
        find_file(one_file, tmp_path / "cache")


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb to build a package")
def test_the_debian_package_is_unpacked_without_root(
    source: Source, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(origin, tree / "usr/share/datasets/tiny")
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(
        "Package: dataset-tiny\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b>\n"
        "Description: tiny\n"
    )
    package = tmp_path / "dataset-tiny_1_all.deb"
    subprocess.run(["dpkg-deb", "-b", tree, package], check=True, capture_output=True)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    apt = bin_folder / "apt-get"
    apt.write_text(f'#!/bin/sh\ncase "$*" in *download*dataset-tiny) cp {package} . ;; esac\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    mirrored = dataclasses.replace(source, debian_package="dataset-tiny")
    cache = tmp_path / "cache"
    assert find(mirrored, "official", cache).kind == "official"
    assert sorted(p.name for p in cache.iterdir()) == [".lock", "tiny"]


def test_apt_that_fails_is_a_reason_not_a_traceback(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("apt-get", "dpkg-deb"):
        tool = tmp_path / name
        tool.write_text("#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    mirrored = dataclasses.replace(source, debian_package="dataset-tiny")
    with pytest.raises(UserError, match="E: Unable to locate package"):
        find(mirrored, "official", tmp_path / "cache")
    assert files_in(tmp_path / "cache") == []


def test_reachability_says_where_the_data_are(served: Source, tmp_path: Path) -> None:
    nowhere = dataclasses.replace(served, address="http://127.0.0.1:9/{file}")
    with pytest.raises(UserError, match="does not answer"):
        locate.reachability(nowhere, tmp_path)
    (tmp_path / "tiny").mkdir()
    assert locate.reachability(served, tmp_path) == f"in {tmp_path / 'tiny'}"


def test_without_a_stand_in_none_is_promised(source: Source, tmp_path: Path) -> None:
    bare = dataclasses.replace(source, sample="")
    with pytest.raises(UserError, match="Tiny cannot be fetched .no address is known.*") as caught:
        find(bare, "auto", tmp_path)
    assert "stand-in" not in str(caught.value)
    with pytest.raises(UserError, match="Tiny has no generated stand-in"):
        find(bare, "sample", tmp_path)


def test_weights_are_a_file_or_none(tmp_path: Path) -> None:
    file = tmp_path / "weights.h5"
    file.write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    assert locate.weights(["none", str(file)]) == {str(file): Weights(str(file), sha256)}
    with pytest.raises(UserError, match="no file nowhere.h5 with a backbone's weights"):
        locate.weights(["nowhere.h5"])

"""Finds a data set, fetching and verifying it where needed.

Nothing is used that was not checked, and a fetched data set gets its final name only after
its check sums agree. Touches the network and the cache folder, nothing else.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import requests
import yaml

from components.code import load
from components.errors import UserError
from components.ingestion.reader import Contents, Reader
from pipeline.datasets import archive

AUTO, OFFICIAL, SAMPLE, OWN = "auto", "official", "sample", "own"

#: Told how far a download is: (what, bytes done, bytes in all or None).
Progress = Callable[[str, int, "int | None"], None]

_TIMEOUT = 15  # seconds without an answer
_BLOCK = 1 << 18
_UNPACKED = ".unpacked.json"  # in an unpacked folder: the archive's name and SHA-256


@dataclass(frozen=True)
class Source:
    """A known data set, as `data/sources.yaml` describes it.

    Attributes:
      name: its key in that file, and the name of its folder in the cache.
      title: for people.
      licence: for people.
      homepage: for people.
      files: plain file name → SHA-256 of the uncompressed content; or an archive's name → its
        SHA-256.
      system_folders: where distributions install it.
      address: URL of each file, with `{file}` for its plain name.
      debian_package: name of a Debian package that holds the files, or "".
      sample: import path of a function that writes the generated stand-in into a folder.
    """

    name: str
    title: str
    licence: str
    homepage: str
    files: Mapping[str, str]
    system_folders: Sequence[str]
    address: str
    debian_package: str
    sample: str


@dataclass(frozen=True)
class Located:
    """A data set that was found and checked.

    Attributes:
      folder: where its files lie.
      kind: "official" (check sums agree), "own" (a user's folder) or "sample" (generated).
      description: one sentence for reports: what it is and where it came from.
      contents: what was found in the folder.
    """

    folder: Path
    kind: str
    description: str
    contents: Contents


def load_sources(file: Path) -> dict[str, Source]:
    """Reads `sources.yaml`.

    Raises:
      UserError: the file is missing or not as described above.
    """
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {name: Source(name=name, **entry) for name, entry in entries.items()}
    except FileNotFoundError as error:
        raise UserError(f"{file} is missing: run from a complete checkout") from error
    except (TypeError, AttributeError, yaml.YAMLError) as error:
        raise UserError(f"{file} is not a list of sources: {error}") from error


def locate(
    source: Source,
    reader: Reader,
    request: str,
    cache: Path,
    *,
    progress: Progress,
    notice: Callable[[str], None],
) -> Located:
    """Finds a data set as `--data` asks for it; see `data/README.md`.

    Args:
      source: the data set's description.
      reader: of its format; it checks what is found.
      request: "auto", "official", "sample" or a folder.
      cache: folder for downloads and the stand-in.
      progress: told how far a download is.
      notice: told in one sentence what a person should know.

    Raises:
      UserError: it cannot be had, or what was found is broken.
    """
    if request == SAMPLE:
        return _sample(source, reader, cache)
    if request not in (AUTO, OFFICIAL):
        return in_folder(Path(request), reader, source, cache)
    if folder := _present(source, cache):
        return _verified(source, reader, folder)
    reasons = []
    with _locked(cache):
        if folder := _present(source, cache):  # another process has fetched it meanwhile
            return _verified(source, reader, folder)
        for fetch in (_download, _from_debian):
            try:
                fetch(source, reader, cache, progress)
                return _verified(source, reader, cache / source.name)
            except _Unreachable as error:
                reasons.append(str(error))
    why = "; ".join(reasons)
    if request == OFFICIAL:
        raise UserError(
            f"{source.title} cannot be fetched ({why}): connect to the network, put its files "
            f"into {cache / source.name}, or use the generated stand-in with --data sample"
        )
    notice(f"{source.title} cannot be fetched ({why}): using the generated stand-in instead")
    return _sample(source, reader, cache)


def in_folder(folder: Path, reader: Reader, source: Source | None, cache: Path) -> Located:
    """A data set in a folder of the user's, or in an archive, which is unpacked in `cache`.

    Raises:
      UserError: there is no sound data set.
    """
    folder = folder.expanduser().resolve()
    if archive.is_archive(folder):
        folder = _unpacked(folder, cache)
    contents = _inspect(reader, folder)
    if source and not _differing(source, contents):
        description = f"{source.title} (check sums verified) in {folder}"
        return Located(folder, OFFICIAL, description, contents)
    what = f"your own data (not the official {source.title})" if source else "your own data"
    return Located(folder, OWN, f"{what} in {folder}", contents)


def locate_file(source: Source, cache: Path, *, progress: Progress) -> Path:
    """Finds the one file of a source: in a system folder, in `cache`, or by fetching it there.

    Raises:
      UserError: it cannot be had; the text says where to put it.
    """
    [(name, check_sum)] = source.files.items()
    folders = [*(Path(folder).expanduser() for folder in source.system_folders), cache]
    for file in (folder / name for folder in folders):
        if file.is_file():
            if _check_sum(file, check_sum) == check_sum:
                return file
            raise UserError(
                f"{file} is not {source.title}: its check sum differs. Delete it, or name it with "
                "--backbone-weights to use it all the same"
            )
    with _locked(cache):
        file, part = cache / name, cache / f"{name}.part"
        url = source.address.format(file=name)
        try:
            _fetch(url, part, name, progress)
        except _Unreachable as error:
            raise UserError(
                f"{source.title} cannot be fetched ({error}): download {url} elsewhere and put it "
                f"into {cache}, or name a file with --backbone-weights"
            ) from error
        if _check_sum(part, check_sum) != check_sum:
            part.unlink()
            raise UserError(f"{url} gave other data than expected (check sum differs)")
        part.rename(file)
        return file


def _check_sum(file: Path, like: str) -> str:
    """A file's check sum of the kind that `like` is: "md5:…" or a SHA-256."""
    if not like.startswith("md5:"):
        return _content_sha256(file)
    return "md5:" + hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def reachability(source: Source, cache: Path) -> str:
    """Where `auto` would take the data from now, in a few words, without fetching them.

    Raises:
      UserError: nowhere; the text says why.
    """
    if folder := _present(source, cache):
        return f"in {folder}"
    try:
        address = source.address.format(file=next(iter(source.files)))
        requests.head(address, timeout=_TIMEOUT).raise_for_status()
        return "at the official address"
    except requests.RequestException as error:
        why = _network_reason(error)
    if source.debian_package and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        return f"perhaps as Debian package {source.debian_package} (official address: {why})"
    raise UserError(
        f"the official address does not answer ({why}): get it as data/README.md tells, and "
        "name it with --data"
    )


def _present(source: Source, cache: Path) -> Path | None:
    """The folder of the data set on this machine, if it is there: the cache, then the system."""
    folders = [cache / source.name, *map(Path, source.system_folders)]
    return next((folder for folder in folders if folder.is_dir()), None)


@contextlib.contextmanager
def _locked(cache: Path) -> Iterator[None]:
    """Keeps other processes from writing into the cache meanwhile."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = open(cache / ".lock", "a", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise UserError(f"cannot write to {cache}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Unreachable(Exception):
    """This way to the data is closed now; another may be open."""


def _inspect(reader: Reader, folder: Path) -> Contents:
    """What a folder holds; the check sum of the archive it came from is among the others."""
    contents = reader.inspect(folder)
    stamp = folder / _UNPACKED
    if not stamp.exists():
        return contents
    return replace(contents, sha256={**json.loads(stamp.read_text()), **contents.sha256})


def _unpacked(path: Path, cache: Path) -> Path:
    """The folder with an archive's content, unpacked once for each content."""
    sha256 = _content_sha256(path)
    folder = cache / "unpacked" / sha256[:16]
    with _locked(cache):
        if not folder.is_dir():
            with _new_folder(folder) as unfinished:
                _unpack(path, unfinished, sha256)
    return folder


def _unpack(path: Path, folder: Path, sha256: str) -> None:
    archive.unpack(path, folder)
    (folder / _UNPACKED).write_text(json.dumps({path.name: sha256}))


def _verified(source: Source, reader: Reader, folder: Path) -> Located:
    contents = _inspect(reader, folder)
    differing = _differing(source, contents)
    if differing:
        raise UserError(
            f"{folder} does not hold {source.title}: the check sum of {differing[0]} differs. "
            "Delete that folder, or name it with --data to use it as your own data"
        )
    return Located(folder, OFFICIAL, f"{source.title} (check sums verified) in {folder}", contents)


def _differing(source: Source, contents: Contents) -> list[str]:
    return [name for name, sha256 in source.files.items() if contents.sha256.get(name) != sha256]


def _sample(source: Source, reader: Reader, cache: Path) -> Located:
    folder = cache / "sample" / source.name
    with _locked(cache):
        if not folder.is_dir():
            with _new_folder(folder) as unfinished:
                load(source.sample)(unfinished)
    return Located(
        folder,
        SAMPLE,
        f"GENERATED STAND-IN for {source.title}: says nothing about real pictures",
        reader.inspect(folder),
    )


def _download(source: Source, reader: Reader, cache: Path, progress: Progress) -> None:
    """Fetches each file, going on where an earlier download broke off."""
    if not source.address:
        raise _Unreachable("no address is known")
    with _new_folder(cache / source.name, resume=True) as unfinished:
        for name, sha256 in source.files.items():
            url = source.address.format(file=name)
            done = unfinished / PurePosixPath(url).name
            if not done.exists():
                part = done.with_name(f"{done.name}.part")
                _fetch(url, part, name, progress)
                if _content_sha256(part, unzip=done.name == f"{name}.gz") != sha256:
                    part.unlink()
                    raise UserError(
                        f"{url} gave other data than expected "
                        "(check sum differs): try again later, or give a folder with --data"
                    )
                part.rename(done)
        for done in filter(archive.is_archive, list(unfinished.iterdir())):
            _unpack(done, unfinished, source.files[done.name])
            done.unlink()


def _fetch(url: str, part: Path, name: str, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    try:
        headers = {"Range": f"bytes={have}-"} if have else {}
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            if have and answer.status_code == requests.codes.requested_range_not_satisfiable:
                return  # nothing is missing; the check sum decides
            answer.raise_for_status()
            goes_on = answer.status_code == requests.codes.partial_content
            have = have if goes_on else 0
            length = answer.headers.get("Content-Length")
            total = have + int(length) if length else None
            with open(part, "ab" if goes_on else "wb") as file:
                for block in answer.iter_content(_BLOCK):
                    file.write(block)
                    have += len(block)
                    progress(name, have, total)
            if total is not None and have < total:
                raise _Unreachable(f"the connection broke at {have:,} of {total:,} bytes")
    except requests.RequestException as error:
        raise _Unreachable(f"official address: {_network_reason(error)}") from error


def _content_sha256(path: Path, *, unzip: bool = False) -> str:
    """SHA-256 of a file, or with `unzip` of what a gzip file holds; "damaged" if it is."""
    digest = hashlib.sha256()
    try:
        with gzip.open(path) if unzip else open(path, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except (OSError, EOFError):
        return "damaged"
    return digest.hexdigest()


def _from_debian(source: Source, reader: Reader, cache: Path, progress: Progress) -> None:
    """Fetches the Debian package with apt's own tools, for an ordinary user."""
    package = source.debian_package
    if not package or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise _Unreachable("no Debian package can be fetched here")
    with _new_folder(cache / source.name) as unfinished:
        work = unfinished.with_name(unfinished.name + "-apt").resolve()
        try:
            for folder in ("lists/partial", "cache/archives/partial", "root"):
                (work / folder).mkdir(parents=True, exist_ok=True)
            apt = [
                "apt-get",
                f"-oDir::State::Lists={work / 'lists'}",
                f"-oDir::Cache={work / 'cache'}",
                f"-oAcquire::http::Timeout={_TIMEOUT}",
                "-oAcquire::Retries=1",
                "-oAPT::Sandbox::User=",
                "-qq",
            ]
            progress(f"Debian package {package}", 0, None)
            _run([*apt, "update"], work)
            _run([*apt, "download", package], work)
            archive = next(work.glob("*.deb"), None)
            if archive is None:
                raise _Unreachable(f"apt-get downloaded no {package}")
            _run(["dpkg-deb", "-x", str(archive), "root"], work)
            for name in source.files:
                found = next(work.glob(f"root/**/{name}*"), None)
                if found is None:
                    raise _Unreachable(f"{archive.name} holds no {name}")
                shutil.move(found, unfinished / found.name)
            _verified(source, reader, unfinished)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise _Unreachable(f"Debian package: {lines[-1]}")


@contextlib.contextmanager
def _new_folder(folder: Path, *, resume: bool = False) -> Iterator[Path]:
    """Gives a folder to fill; when the body succeeds it becomes `folder`, at once.

    When the body fails, the folder goes away, except for what a later download can go on
    with (`resume`).
    """
    unfinished = folder.with_name(folder.name + ".part")
    try:
        unfinished.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to {folder.parent}: {error.strerror}") from error
    try:
        yield unfinished
    except BaseException:
        if not resume or not any(unfinished.iterdir()):
            shutil.rmtree(unfinished)
        raise
    unfinished.rename(folder)


def _network_reason(error: requests.RequestException) -> str:
    if error.response is not None:
        return f"the server answers {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return f"no answer for {_TIMEOUT} s"
    return "no connection"

"""Data at an address: fetched into the cache, and from there on a folder or archive like any other.

A store's objects are files below a folder, each fetched once for each size and time that the store
gives it; what went away there goes away here. Of a web server it is one archive, fetched once for
each ETag or time that the server gives it. What the files hold is checked as that of a folder is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from components import limits
from components.errors import UserError
from components.files import is_address
from components.ingestion.parallel import in_parallel
from components.json_text import parse_json
from components.manifest import write_whole
from components.text import masked, masked_answer
from pipeline.datasets.cache import locked
from pipeline.datasets.download import TIMEOUT, Progress, Unreachable, fetch_file
from pipeline.datasets.entries import SUFFIXES
from pipeline.stores import STORES

if TYPE_CHECKING:
    from pyarrow import fs

_WEB = ("http", "https")
_FETCHED = "fetched"  # folder in the cache
_NOTES = ".fetched.json"  # what was fetched, by name; readers ignore hidden files

#: What is known of a file elsewhere: its size and time, or what a web server says.
_Version = list[int | str | None]


def fetch(address: str, cache: Path, progress: Progress) -> Path:
    """Fetches what is at an address, as far as it is not here already.

    Args:
      address: STORE://BUCKET/PATH of a folder or an archive, or http(s)://… of an archive.
      cache: folder for downloads.
      progress: see `Progress`.

    Returns:
      A folder or archive in the cache.

    Raises:
      UserError: there is no such kind of address, or it cannot be fetched.
    """
    assert is_address(address)
    scheme, separator, path = address.partition("://")
    if not separator or scheme not in (*STORES, *_WEB) or not path.strip("/"):
        stores = ", ".join(f"{known}://BUCKET/PATH" for known in STORES)
        raise UserError(
            f"--data {shown(address)}: addresses of data are {stores}, and http:// or https:// of "
            "an archive; copy or mount others here, and name the folder"
        )
    folder = cache / _FETCHED / hashlib.sha256(address.encode()).hexdigest()[:16]
    with locked(cache):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if scheme in _WEB:
                return _from_web(address, folder, progress)
            return _from_store(address, path.strip("/"), folder, progress)
        except OSError as error:  # of the store, or of this machine's disk
            reason = masked_answer(str(error)).partition("\n")[0]
            raise UserError(f"--data {shown(address)} cannot be fetched: {reason}") from error


def shown(address: str) -> str:
    """An address without what may be secret: a password, a signature."""
    if address.startswith(tuple(f"{scheme}://" for scheme in _WEB)):
        address = address.partition("?")[0]
    return masked(address)


def _from_web(address: str, folder: Path, progress: Progress) -> Path:
    import requests  # takes long, and most commands fetch nothing

    name = PurePosixPath(urllib.parse.unquote(urllib.parse.urlsplit(address).path)).name
    if not name.lower().endswith(SUFFIXES):
        raise UserError(
            f"--data {shown(address)}: only archives are fetched from web servers, whose names end "
            f"in {', '.join(SUFFIXES)}"
        )
    file, part = folder / name, folder / f"{name}.part"
    try:
        answer = requests.head(address, timeout=TIMEOUT, allow_redirects=True)
        answer.raise_for_status()
        version: _Version = [
            answer.headers.get(each) for each in ("ETag", "Last-Modified", "Content-Length")
        ]
        with _notes(folder) as notes:
            if file.exists() and any(version[:2]) and notes.get(name) == version:
                return file
            part.unlink(missing_ok=True)  # it may be of another version
            fetch_file(address, part, name, progress)
            part.replace(file)
            notes[name] = version
    except (requests.RequestException, Unreachable) as error:
        reason = masked_answer(str(error)).partition("\n")[0]
        raise UserError(f"--data {shown(address)} cannot be fetched: {reason}") from error
    return file


def _from_store(address: str, path: str, folder: Path, progress: Progress) -> Path:
    from pyarrow import fs  # takes a second

    store = STORES[address.partition("://")[0]]
    store.check()
    objects = store.connect()
    if objects.get_file_info(path).type == fs.FileType.File:
        start, above = path.rpartition("/")[0], objects.get_file_info([path])
    else:
        start, above = (
            path,
            objects.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True)),
        )
    files = {
        info.path.removeprefix(f"{start}/"): info for info in above if info.type == fs.FileType.File
    }
    if not files:
        raise UserError(f"--data {address}: there is nothing")
    _check_names(address, files)
    _clear(folder, {*files, _NOTES})
    versions: dict[str, _Version] = {
        name: [info.size, info.mtime_ns] for name, info in files.items()
    }
    with _notes(folder) as notes:
        missing = [name for name, version in versions.items() if notes.get(name) != version]
        _check_room(address, folder, sum(files[name].size for name in missing))

        def get(name: str) -> str:
            _copy(objects, files[name], folder / name)
            return name

        for done, name in enumerate(in_parallel(get, missing, at_once=1), start=1):
            notes[name] = versions[name]
            progress(address, done, len(missing))
    return folder / next(iter(files)) if start != path else folder


def _copy(objects: fs.FileSystem, info: fs.FileInfo, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{uuid.uuid4().hex}.part")  # a file's own name may be as long as can be
    # The bytes as they are: by default what is called .gz would be unpacked on the way.
    with (
        objects.open_input_stream(info.path, compression=None) as stream,
        part.open("wb") as copied,
    ):
        shutil.copyfileobj(stream, copied, limits.BLOCK)
    if part.stat().st_size != info.size:
        raise OSError(f"{info.path} changed while it was read")
    part.replace(file)


def _check_names(address: str, files: dict[str, fs.FileInfo]) -> None:
    """Refuses keys that are no paths of files: of a store, any text is a key."""
    for name in files:
        parts = name.split("/")
        if any(
            part in ("", ".", "..") or "\0" in part or len(os.fsencode(part)) > limits.NAME_BYTES
            for part in parts
        ):
            raise UserError(
                f"--data {address}: the object {name!r} cannot be a file of that name here: "
                "rename it"
            )


def _check_room(address: str, folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"--data {address}: {needed:,} bytes are to be fetched, and the disk of {folder} has "
            f"{free:,} left: set PIPELINE_DATA to a folder on another"
        )


def _clear(folder: Path, names: set[str]) -> None:
    """Removes what is no longer there, and what a fetch that was killed has left."""
    for above, _, files in os.walk(folder):
        for file in files:
            path = Path(above, file)
            if str(path.relative_to(folder)) not in names:
                path.unlink()


@contextmanager
def _notes(folder: Path) -> Iterator[dict[str, _Version]]:
    """What was fetched into a folder; changes are kept, also those before a failure."""
    try:
        notes = parse_json((folder / _NOTES).read_text())
    except (FileNotFoundError, ValueError):
        notes = {}
    notes = {name: version for name, version in notes.items() if (folder / name).is_file()}
    try:
        yield notes
    finally:
        write_whole(folder / _NOTES, json.dumps(notes))

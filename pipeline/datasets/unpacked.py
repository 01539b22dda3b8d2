"""Remembers what an archive of known check sum was unpacked to, to recognize it again.

A record lies in the cache, outside of the folder that it is about, and is named by what is in that
folder: a folder that somebody else has filled cannot claim to be what it is not, and one that was
changed since is no longer recognized. Names that begin with a dot do not count, since no reader
reads them, and file managers leave some.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from components import limits
from components.errors import UserError
from components.files import open_file, read_file
from components.json_text import parse_json

_RECORDS = ".unpacked"


def remember(folder: Path, archives: Mapping[str, str], cache: Path) -> None:
    """Writes down what archives were unpacked to, just now.

    Args:
      folder: holds what was in them, and nothing else.
      archives: the name of each, and its SHA-256.
      cache: nobody else may write into it meanwhile.

    Raises:
      UserError: nobody can write there.
    """
    files = dict(_files(folder))
    record = cache / _RECORDS / f"{_prefix(files.values())}{_digest(folder, files)}.json"
    part = record.with_suffix(".part")
    try:
        record.parent.mkdir(exist_ok=True)
        part.write_text(json.dumps(dict(archives)), encoding="utf-8")
        part.rename(record)
    except OSError as error:
        raise UserError(f"cannot write to {record.parent}: {error.strerror}") from error


def archives_of(folder: Path, cache: Path) -> dict[str, str]:
    """The archives, name and SHA-256, whose content a folder holds: all of it, and nothing else.

    Reads the files only where their number and size are those of a record.
    """
    if not (cache / _RECORDS).is_dir():
        return {}
    names = os.listdir(cache / _RECORDS)
    try:
        # Counted first: no archive has as many files as a folder can have.
        prefix = _prefix(size for _, size in _files(folder))
        if not any(name.startswith(prefix) for name in names):
            return {}
        files = dict(_files(folder))
    except (_NotOnlyFiles, OSError):
        return {}
    if (record := f"{prefix}{_digest(folder, files)}.json") not in names:
        return {}
    try:
        archives: dict[str, str] = parse_json(read_file(cache / _RECORDS / record, limits.MIB))
    except ValueError:  # cut short, when a disk was full or a machine lost its power
        return {}
    return archives if isinstance(archives, dict) else {}


class _NotOnlyFiles(Exception):
    """A folder holds what no unpacking leaves."""


def _prefix(sizes: Iterable[int]) -> str:
    count = total = 0
    for size in sizes:
        count, total = count + 1, total + size
    return f"{count}-{total}-"


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """The path in `folder` and the size in bytes of each file.

    Raises:
      _NotOnlyFiles: there is anything else, or too deep.
      OSError: a folder cannot be read.
    """
    todo = [("", 0)]
    while todo:
        inside, depth = todo.pop()
        with os.scandir(folder / inside) as entries:
            for entry in entries:
                if entry.name[0] == ".":
                    continue
                path = f"{inside}{entry.name}"
                if entry.is_dir(follow_symlinks=False) and depth < limits.FOLDER_DEPTH:
                    todo.append((f"{path}/", depth + 1))
                elif entry.is_file(follow_symlinks=False):
                    yield path, entry.stat(follow_symlinks=False).st_size
                else:
                    raise _NotOnlyFiles(path)


def _digest(folder: Path, files: Mapping[str, int]) -> str:
    """A SHA-256 of all names and contents; of a file that cannot be read, none."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256()
        try:
            with open_file(folder / path) as file:
                while block := file.read(limits.BLOCK):
                    content.update(block)
        except (OSError, UserError):
            return "unreadable"
        digest.update(os.fsencode(path) + b"\0" + content.digest())
    return digest.hexdigest()

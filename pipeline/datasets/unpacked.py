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
from collections.abc import Mapping
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
    files = _files(folder)
    assert files is not None, f"{folder} holds only what was unpacked"
    record = cache / _RECORDS / f"{_prefix(files)}{_digest(folder, files)}.json"
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
    files = _files(folder) if (cache / _RECORDS).is_dir() else None
    if files is None:
        return {}
    prefix = _prefix(files)
    names = {name for name in os.listdir(cache / _RECORDS) if name.startswith(prefix)}
    if not names or (record := f"{prefix}{_digest(folder, files)}.json") not in names:
        return {}
    try:
        archives: dict[str, str] = parse_json(read_file(cache / _RECORDS / record, limits.MIB))
    except ValueError:  # cut short, when a disk was full or a machine lost its power
        return {}
    return archives if isinstance(archives, dict) else {}


def _prefix(files: Mapping[str, int]) -> str:
    return f"{len(files)}-{sum(files.values())}-"


def _files(folder: Path) -> dict[str, int] | None:
    """The path in `folder` and the size in bytes of each file; None if there is anything else."""
    files: dict[str, int] = {}
    todo = [("", 0)]
    while todo:
        inside, depth = todo.pop()
        try:
            entries = [entry for entry in os.scandir(folder / inside) if entry.name[0] != "."]
            for entry in entries:
                path = f"{inside}{entry.name}"
                if entry.is_dir(follow_symlinks=False) and depth < limits.FOLDER_DEPTH:
                    todo.append((f"{path}/", depth + 1))
                elif entry.is_file(follow_symlinks=False):
                    files[path] = entry.stat(follow_symlinks=False).st_size
                else:
                    return None
        except OSError:
            return None
    return files


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

"""What a folder (or a file) held when it was finished, so that damage since then is noticed.

The manifest of the folder `…/12` is the file `…/12.manifest.json` beside it: each file's size and
SHA-256. It is written last, whole or not at all; a folder without one was never finished.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from components.json_text import parse_json

_SUFFIX = ".manifest.json"
_BLOCK = 1 << 20


def write_whole(file: Path, text: str) -> None:
    """Writes a text file, as UTF-8: it is there whole, or as it was before, also after a crash."""
    aside = file.with_name(f".{file.name}.new")
    with open(aside, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    aside.rename(file)


def file_sha256(file: Path) -> str:
    """SHA-256 of a file.

    Raises:
      OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with open(file, "rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def manifest_file(folder: Path) -> Path:
    """Where the manifest of a folder is."""
    return folder.with_name(folder.name + _SUFFIX)


def remove(folder: Path) -> None:
    """Removes a folder or a file, and its manifest first; nothing where there is none."""
    manifest_file(folder).unlink(missing_ok=True)
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)


def write_manifest(folder: Path) -> None:
    """Notes what a finished folder holds."""
    files = {
        name: {"bytes": file.stat().st_size, "sha256": file_sha256(file)}
        for name, file in _files(folder).items()
    }
    write_whole(manifest_file(folder), json.dumps(files, indent=1) + "\n")


def folder_sha256(folder: Path) -> str:
    """One SHA-256 of all that a folder holds, names and contents; "" where it holds no file.

    Raises:
      OSError: something in it cannot be read.
    """
    sums = {name: file_sha256(file) for name, file in _files(folder).items()}
    return hashlib.sha256(json.dumps(sums).encode()).hexdigest() if sums else ""


def damage(folder: Path, like: Path | None = None) -> str:
    """What is wrong with a folder, in a few words; "" where it is as it was finished.

    Args:
      folder: that is looked at.
      like: the folder that it is a copy of, whose manifest counts; None for its own.
    """
    manifest = manifest_file(like or folder)
    if not folder.exists():
        return "it is gone"
    try:
        noted = parse_json(manifest.read_text(encoding="utf-8"))
        expected = {str(name): (about["bytes"], about["sha256"]) for name, about in noted.items()}
    except FileNotFoundError:
        return "it was not finished"
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return f"{manifest.name} is damaged"
    try:
        files = _files(folder)
        for name, (size, sha256) in expected.items():
            if name not in files:
                return f"{name} is missing"
            if files[name].stat().st_size != size:
                return f"{name} has another size"
            if file_sha256(files[name]) != sha256:
                return f"{name} has another content"
    except OSError as error:
        return f"{error.filename} cannot be read: {error.strerror}"
    added = sorted(set(files) - set(expected))
    return f"{added[0]} was added" if added else ""


def _files(folder: Path) -> dict[str, Path]:
    """The files in a folder, and in folders in it, by their relative names, sorted."""
    if folder.is_file():
        return {folder.name: folder}
    found: dict[str, Path] = {}
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders.sort()
        for name in sorted(names):
            file = Path(parent, name)
            found[file.relative_to(folder).as_posix()] = file
    return found


def _refuse(error: OSError) -> Any:
    raise error

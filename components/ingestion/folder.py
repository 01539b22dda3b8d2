"""The files of a data set's folder: all of them, except for what is ignored by one rule.

A path is taken as it is and never as a pattern, so a folder may be called `photos [1]`.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from components.errors import UserError

#: Among a reader's `patterns`: every file below the folder.
EVERYTHING = "**"

# What systems and programs leave in folders, in lower case.
_OF_SYSTEMS = frozenset(
    {
        "__macosx",
        "@eadir",
        "#recycle",
        "@recycle",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
    }
)


def is_ignored(name: str) -> bool:
    """The rule: whether a file or folder of this name is none of a data set's.

    Hidden ones (`.DS_Store`, `.ipynb_checkpoints`, `._cat.jpg`), and what systems leave behind
    (`__MACOSX`, `@eaDir`, `Thumbs.db`).
    """
    return name.startswith(".") or name.lower() in _OF_SYSTEMS


def files_below(folder: Path) -> Iterator[str]:
    """All that is not a folder below a folder and not ignored, as paths relative to it.

    In the order of names, folder by folder. Links to folders are followed, but not back to one
    that they lie in.

    Raises:
      UserError: a folder cannot be read.
    """
    # A list and not recursion: a hostile folder may be deeper than Python's stack.
    open_folders: list[tuple[str, frozenset[tuple[int, int]]]] = [("", frozenset())]
    while open_folders:
        inside, above = open_folders.pop()
        try:
            status = os.stat(folder / inside)
            known = above | {(status.st_dev, status.st_ino)}
            # Of a folder, only names are held: entries would take four times the memory.
            with os.scandir(folder / inside) as entries:
                names = [
                    entry.name + "/" * entry.is_dir()
                    for entry in entries
                    if not is_ignored(entry.name)
                ]
            names.sort(key=lambda name: name.removesuffix("/"))
            folders = []
            for name in names:
                path = f"{inside}{name}"
                if not name.endswith("/"):
                    yield path
                    continue
                of = os.stat(folder / path)
                if (of.st_dev, of.st_ino) not in known:
                    folders.append((path, known))
        except OSError as error:
            raise UserError(f"{folder / inside} cannot be read: {error.strerror}") from error
        open_folders += reversed(folders)


def files_besides(folder: Path, used: Iterable[Path]) -> dict[str, list[str]]:
    """What lies in a folder besides the files that a format knows, see `Reader`'s `left_out`."""
    known = set(used)
    others = [name for name in files_below(folder) if folder / name not in known]
    return {"not a file of this data format": others} if others else {}


def files_like(folder: Path, patterns: Iterable[str]) -> Iterator[str]:
    """The files that match a reader's patterns, as paths relative to the folder, in a fixed order.

    Args:
      folder: its path is no pattern.
      patterns: of paths relative to it, as `Reader.patterns` has them.
    """
    patterns = set(patterns)
    if EVERYTHING in patterns:
        return files_below(folder)
    files = {file for each in patterns for file in _matching(folder, "", each.split("/"))}
    return iter(sorted(files))


def _matching(folder: Path, inside: str, patterns: list[str]) -> Iterator[str]:
    if not (folder / inside).is_dir():
        return
    for name in fnmatch.filter(os.listdir(folder / inside), patterns[0]):
        path = f"{inside}{name}"
        if patterns[1:]:
            yield from _matching(folder, f"{path}/", patterns[1:])
        elif (folder / path).is_file():
            yield path


def fingerprint_of_files(folder: Path, files: Iterable[str]) -> str:
    """SHA-256 of files' names, sizes and times of change; their contents are not read.

    Args:
      folder: where they lie.
      files: paths relative to it.

    Raises:
      UserError: a file went away.
    """
    digest = hashlib.sha256()
    for name in files:
        try:
            status = os.lstat(folder / name) if _broken(folder / name) else os.stat(folder / name)
        except OSError as error:
            raise UserError(f"{folder / name} cannot be read: {error.strerror}") from error
        digest.update(os.fsencode(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"))
    return digest.hexdigest()


def _broken(path: Path) -> bool:
    return path.is_symlink() and not path.exists()

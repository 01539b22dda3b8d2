"""Unpacks zip and tar archives, and only into the folder they are to be unpacked into.

An archive is looked through before anything is written: one entry that would leave the folder
(an absolute path, `..`, a link), a name that stands twice, or more than `components.limits` allow,
and the whole archive is refused. `pipeline.datasets.entries` reads the two formats.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NoReturn

from components import limits
from components.errors import UserError
from pipeline.datasets.entries import SUFFIXES, Entry, opened

_NOTHING_UNPACKED = "Nothing was unpacked; get the archive from its official place"


def is_archive(path: Path) -> bool:
    """Whether a file is named like an archive that can be unpacked."""
    return path.name.lower().endswith(SUFFIXES) and not path.is_dir() and path.exists()


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks `archive` into `folder`, and zip files that lie in it too (Kaggle nests them).

    An inner archive's content lands where the archive lay; the archive itself is not kept. What
    macOS adds for itself (`__MACOSX`, names that begin with `._`) is left out.

    Args:
      archive: a zip, tar or gzip-compressed tar file.
      folder: one that holds nothing of the same names.

    Raises:
      UserError: it is damaged, is no archive, has an entry that would leave the folder or would
        replace another, unpacks to too much, or does not fit on the disk.
    """
    try:
        room = _Room(archive)
        for inner in _unpack(archive, folder, room):
            _unpack(inner, inner.parent, room)
            inner.unlink()
    except OSError as error:
        raise UserError(f"{archive} cannot be unpacked: {error.strerror or error}") from error


class _Room:
    """What an archive and those in it may still unpack to."""

    def __init__(self, archive: Path):
        self._archive, self._packed = archive, archive.stat().st_size
        self._bytes = self._entries = 0

    def take(self, entries: Sequence[Entry], folder: Path) -> None:
        """Counts what is about to be written.

        Raises:
          UserError: it is too much.
        """
        needed = sum(entry.size for entry in entries)
        self._bytes += needed
        self._entries += len(entries)
        limits.check_unpacked(self._archive, self._packed, self._bytes)
        if self._entries > limits.ARCHIVE_ENTRIES:
            raise UserError(
                f"{self._archive} is refused: with the archives in it, it has more than "
                f"{limits.ARCHIVE_ENTRIES:,} entries. Unpack it yourself and give the folder"
            )
        free = shutil.disk_usage(folder).free
        if needed > free:
            raise UserError(
                f"{self._archive} needs {needed / limits.MIB:,.0f} MiB unpacked, and {folder} has "
                f"{free / limits.MIB:,.0f} MiB left: make room"
            )


def _unpack(archive: Path, folder: Path, room: _Room) -> list[Path]:
    """Returns the zip files among what was unpacked."""
    with opened(archive) as entries:
        plan = _plan(archive, entries)
        room.take(entries, folder)
        for path, entry in plan.items():
            target = folder / path
            if entry.kind == "folder":
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(archive, entry, target)
    return [
        folder / path
        for path, entry in plan.items()
        if entry.kind == "file" and path.lower().endswith(".zip")
    ]


def _write(archive: Path, entry: Entry, target: Path) -> None:
    written = 0
    # "x": where case does not count, Cat.jpg and cat.jpg are one file, and none replaces another.
    with open(target, "xb") as file:
        for block in entry.blocks():
            file.write(block)
            written += len(block)
    if written != entry.size:
        raise UserError(
            f"{archive} is damaged: its entry {limits.shown(entry.name)} has {written:,} bytes in "
            f"place of {entry.size:,}. Copy or download it again"
        )


def _plan(archive: Path, entries: Sequence[Entry]) -> dict[str, Entry]:
    """Where each entry goes, as path in the folder; what only macOS needs is not among them.

    Raises:
      UserError: an entry would be written elsewhere, or where another one is.
    """
    plan: dict[str, Entry] = {}
    parents: set[str] = set()
    for entry in entries:
        path = PurePosixPath(entry.name.replace("\\", "/"))
        if "__MACOSX" in path.parts or path.name.startswith("._"):
            continue
        _check(archive, entry, path)
        name = str(path)
        before = plan.get(name)
        if before and not before.kind == entry.kind == "folder":
            _refuse(archive, entry, "stands in it twice, and only one could be kept")
        if name != ".":  # the folder itself
            plan[name] = entry
        parents.update(map(str, path.parents))
    for name in parents:
        if name in plan and plan[name].kind == "file":
            _refuse(archive, plan[name], "is a file and a folder")
    return plan


def _check(archive: Path, entry: Entry, path: PurePosixPath) -> None:
    drive = PureWindowsPath(entry.name).drive
    if path.is_absolute() or drive or ".." in path.parts or "\0" in entry.name:
        _refuse(archive, entry, "would be written outside the folder it is unpacked into")
    if entry.kind not in ("file", "folder"):
        _refuse(archive, entry, f"is {entry.kind}, not a file")
    if entry.kind == "file" and str(path) == ".":
        _refuse(archive, entry, "is a file without a name")
    if len(path.parts) > limits.FOLDER_DEPTH:
        _refuse(archive, entry, f"lies more than {limits.FOLDER_DEPTH} folders deep")
    longest = max((len(part.encode()) for part in path.parts), default=0)
    if longest > limits.NAME_BYTES or len(str(path).encode()) > limits.PATH_BYTES:
        _refuse(archive, entry, "has a longer name than can be written")


def _refuse(archive: Path, entry: Entry, why: str) -> NoReturn:
    raise UserError(
        f"{archive} is refused: its entry {limits.shown(entry.name)} {why}. {_NOTHING_UNPACKED}"
    )

"""Unpacks zip and tar archives, and only into the folder they are to be unpacked into.

An archive is looked through before anything is written: one entry that would leave the folder
(an absolute path, `..`, a link) and the whole archive is refused.
"""

from __future__ import annotations

import contextlib
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from components.errors import UserError

#: How archives are named that can be unpacked.
SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar")

_TYPE_BITS, _LINK = 0o170000, 0o120000  # in a zip entry's Unix mode


@dataclass(frozen=True)
class _Entry:
    name: str
    size: int
    is_folder: bool
    is_file: bool
    open: Callable[[], IO[bytes] | None]


def is_archive(path: Path) -> bool:
    """Whether a file is named like an archive that can be unpacked."""
    return path.name.lower().endswith(SUFFIXES) and path.is_file()


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks `archive` into `folder`, and zip files that lie in it too (Kaggle nests them).

    An inner archive's content lands where the archive lay; the archive itself is not kept.

    Raises:
      UserError: it is damaged, is no archive, has an entry that would leave the folder, or
        does not fit on the disk.
    """
    for inner in _unpack(archive, folder):
        _unpack(inner, inner.parent)
        inner.unlink()


def _unpack(archive: Path, folder: Path) -> list[Path]:
    """Returns the zip files among what was unpacked."""
    try:
        with _entries(archive) as entries:
            for entry in entries:
                _check(entry, archive)
            needed = sum(entry.size for entry in entries)
            free = shutil.disk_usage(folder).free
            if needed > free:
                raise UserError(
                    f"{archive} needs {needed / 2**20:,.0f} MiB unpacked, and {folder} has "
                    f"{free / 2**20:,.0f} MiB left: make room"
                )
            for entry in entries:
                target = folder / entry.name
                if entry.is_folder:
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                source = entry.open()
                assert source is not None  # it is a file
                with source, open(target, "wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
            files = (folder / entry.name for entry in entries if entry.is_file)
            return [file for file in files if file.suffix.lower() == ".zip"]
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise UserError(f"{archive} is damaged ({error}): copy or download it again") from error
    except (NotImplementedError, RuntimeError) as error:  # an unknown compression; encrypted
        raise UserError(f"{archive} cannot be unpacked: {error}") from error
    except OSError as error:
        raise UserError(f"{archive} cannot be unpacked: {error.strerror or error}") from error


@contextlib.contextmanager
def _entries(archive: Path) -> Iterator[list[_Entry]]:
    if archive.name.lower().endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            yield [
                _Entry(
                    name=info.filename,
                    size=info.file_size,
                    is_folder=info.is_dir(),
                    is_file=not info.is_dir() and (info.external_attr >> 16) & _TYPE_BITS != _LINK,
                    open=lambda info=info: zipped.open(info),  # type: ignore[misc]
                )
                for info in zipped.infolist()
            ]
    else:
        with tarfile.open(archive) as tarred:
            yield [
                _Entry(
                    name=member.name,
                    size=member.size,
                    is_folder=member.isdir(),
                    is_file=member.isfile(),
                    open=lambda member=member: tarred.extractfile(member),  # type: ignore[misc]
                )
                for member in tarred.getmembers()
            ]


def _check(entry: _Entry, archive: Path) -> None:
    path = PurePosixPath(entry.name.replace("\\", "/"))
    windows = PureWindowsPath(entry.name)
    if path.is_absolute() or windows.drive or ".." in path.parts or "\0" in entry.name:
        raise UserError(
            f"{archive} is refused: its entry {entry.name!r} would be written outside the folder "
            "it is unpacked into. Nothing was unpacked; get the archive from its official place"
        )
    if not (entry.is_file or entry.is_folder):
        raise UserError(
            f"{archive} is refused: its entry {entry.name!r} is a link or a device, not a file. "
            "Nothing was unpacked; get the archive from its official place"
        )

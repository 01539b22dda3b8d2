"""What zip and tar files hold, in one form; nothing is written here.

Both are read by the standard library, through streams that bound what it may read at once and in
all: a directory, a header or a block of compressed bytes can claim any size.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, NoReturn, cast

from components import limits
from components.errors import UserError
from components.files import open_file

#: How archives are named that can be unpacked.
SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar")

# zipfile decompresses all others in one piece, however large that becomes.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED, _UTF_8 = 0x1, 0x800  # flags of a zip entry
_UNIX = 3  # the system that a zip entry was made on
# What the standard library raises for content that is not as it should be.
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error),
    *(gzip.BadGzipFile, EOFError, ValueError, OverflowError, RecursionError),
)


class Entry(NamedTuple):
    """One entry of an archive.

    Attributes:
      name: as the archive has it; between folders stands `/`, or a backslash (PowerShell).
      size: in bytes, when unpacked.
      kind: "file", "folder", or what else it is, in words.
      blocks: yields its content, in blocks of at most `limits.BLOCK` bytes.
    """

    name: str
    size: int
    kind: str
    blocks: Callable[[], Iterator[bytes]]


@contextlib.contextmanager
def opened(archive: Path) -> Iterator[list[Entry]]:
    """What an archive holds, in its order; its entries can be read meanwhile.

    Raises:
      UserError: it is damaged, is no archive, is encrypted or compressed in a way that is not
        read here, or holds more than it may.
    """
    is_zip = archive.name.lower().endswith(".zip")
    try:
        with open_file(archive) as file, (_zipped if is_zip else _tarred)(archive, file) as entries:
            yield entries
    except _DAMAGE as error:
        raise UserError(f"{archive} is damaged ({error}): copy or download it again") from error
    except NotImplementedError as error:  # a later version of the format
        raise UserError(f"{archive} cannot be unpacked: {error}") from error


@contextlib.contextmanager
def _zipped(archive: Path, file: IO[bytes]) -> Iterator[list[Entry]]:
    with _Directory(archive, file) as capped, zipfile.ZipFile(capped) as zipped:
        infos = zipped.infolist()
        _check_number(archive, len(infos))
        for info in infos:
            _check_readable(archive, info)

        def entry(info: zipfile.ZipInfo) -> Entry:
            name = _zip_name(info)
            kind = "folder" if name.endswith(("/", "\\")) else "file"
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                kind = "a link or a device"
            return Entry(name, info.file_size, kind, lambda: _blocks(zipped.open(info)))

        yield [entry(info) for info in infos]


@contextlib.contextmanager
def _tarred(archive: Path, file: IO[bytes]) -> Iterator[list[Entry]]:
    zipped = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    stream = _Stream(archive, file, zipped)
    entries: list[Entry] = []
    with tarfile.open(fileobj=stream, mode="r:", encoding="utf-8") as tarred:  # type: ignore[call-overload]
        last = -1
        while (member := tarred.next()) is not None:
            tarred.members.clear()  # they would hold all headers in memory
            if member.offset <= last or member.size < 0:
                raise tarfile.ReadError("an entry that begins before the one before it")
            last = member.offset
            _check_number(archive, len(entries) + 1)
            if len(tarred.pax_headers) > limits.ARCHIVE_GLOBALS:
                _refuse(archive, f"its global header has over {limits.ARCHIVE_GLOBALS} entries")
            if len(member.name) > limits.PATH_BYTES:
                _refuse(archive, f"it holds a name of {len(member.name):,} characters")
            blocks = _part(stream, member.offset_data, member.size)
            entries.append(Entry(_tar_name(member.name), member.size, _tar_kind(member), blocks))
        yield entries


def _check_number(archive: Path, entries: int) -> None:
    if entries > limits.ARCHIVE_ENTRIES:
        _refuse(archive, f"it has more than {limits.ARCHIVE_ENTRIES:,} entries")


def _check_readable(archive: Path, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED:
        _refuse(archive, "it is encrypted")
    if info.compress_type not in _COMPRESSIONS:
        _refuse(archive, f"it is compressed by method {info.compress_type}, not as zip files are")


def _refuse(archive: Path, why: str) -> NoReturn:
    raise UserError(f"{archive} is refused: {why}. Unpack it yourself and give the folder")


def _zip_name(info: zipfile.ZipInfo) -> str:
    """A name by its bytes: UTF-8, as macOS writes it without saying so, or an older encoding."""
    name = info.orig_filename
    if name.isascii() or info.flag_bits & _UTF_8:
        return name
    raw = name.encode("cp437")  # as zipfile has decoded it
    return _decoded(raw, "latin-1" if info.create_system == _UNIX else "cp437")


def _tar_kind(member: tarfile.TarInfo) -> str:
    if member.isdir():
        return "folder"
    if member.issparse():
        return "a file with holes"
    return "file" if member.isfile() else "a link or a device"


def _tar_name(name: str) -> str:
    return _decoded(name.encode("utf-8", "surrogateescape"), "latin-1")


def _decoded(raw: bytes, otherwise: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(otherwise)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while block := stream.read(limits.BLOCK):
            yield block


def _part(stream: _Stream, start: int, size: int) -> Callable[[], Iterator[bytes]]:
    def blocks() -> Iterator[bytes]:
        stream.seek(start)
        left = size
        while left:
            block = stream.read(min(left, limits.ARCHIVE_HEADER))
            if not block:
                raise EOFError("cut short")
            left -= len(block)
            yield block

    return blocks


class _Directory(io.BufferedReader):
    """A zip file; zipfile reads its directory, of any size that the file says, in one piece."""

    def __init__(self, archive: Path, file: IO[bytes]):
        self._archive, self._size = archive, os.fstat(file.fileno()).st_size
        super().__init__(io.FileIO(os.dup(file.fileno())))

    def read(self, size: int | None = -1, /) -> bytes:
        """See `io.BufferedReader.read`.

        Raises:
          UserError: that is more than a directory may have.
        """
        size = self._size if size is None or size < 0 else min(size, self._size)
        if size > limits.ARCHIVE_DIRECTORY and self._size - self.tell() > limits.ARCHIVE_DIRECTORY:
            _refuse(self._archive, f"its directory has {size:,} bytes")
        return super().read(size)


class _Stream:
    """A tar file's content, compressed or not, with bounds on what is read at once and in all."""

    def __init__(self, archive: Path, file: IO[bytes], zipped: bool):
        self._archive, self._packed = archive, os.fstat(file.fileno()).st_size
        self._zipped = zipped
        self._stream = cast(IO[bytes], gzip.GzipFile(fileobj=file)) if zipped else file

    def read(self, size: int) -> bytes:
        """Reads up to `size` bytes.

        Raises:
          UserError: that is more than a header may have, or more than the file may unpack to.
        """
        if not 0 <= size <= limits.ARCHIVE_HEADER:
            _refuse(self._archive, f"a header of it has {size:,} bytes")
        self._check(self._stream.tell() + size)
        return self._stream.read(size)

    def seek(self, position: int) -> int:
        """Goes to a position.

        Raises:
          UserError: it is farther than the file may unpack to.
        """
        self._check(position)
        return self._stream.seek(position)

    def tell(self) -> int:
        """The position."""
        return self._stream.tell()

    def close(self) -> None:
        """See `opened`, which closes the file."""

    def _check(self, position: int) -> None:
        if self._zipped:
            limits.check_unpacked(self._archive, self._packed, position)

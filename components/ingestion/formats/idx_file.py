"""The IDX format (http://yann.lecun.com/exdb/mnist/): streaming reader, checker, writer.

An IDX file holds one array: two zero bytes, a type code, the number of dimensions, each
dimension's size as a big-endian uint32, then the numbers, big-endian, row by row. Files
may be gzip-compressed; that is told from their first bytes, not from their names.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import math
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np

from components import limits
from components.errors import UserError
from components.files import open_file

_DTYPES: dict[int, np.dtype] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_GZIP = b"\x1f\x8b"
_CODES = {(dtype.kind, dtype.itemsize): code for code, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class IdxHeader:
    """What an IDX file says of its array.

    Attributes:
      dtype: big-endian numpy type of the numbers.
      shape: size of each dimension; the first one counts the items.
    """

    dtype: np.dtype
    shape: tuple[int, ...]

    @property
    def items(self) -> int:
        """Number of items: the first dimension (1 for an array of rank 0)."""
        return self.shape[0] if self.shape else 1

    @property
    def item_bytes(self) -> int:
        """Size of one item in bytes."""
        return self.dtype.itemsize * math.prod(self.shape[1:])

    @property
    def content(self) -> bytes:
        """As it stands in a file."""
        code, rank = _CODES[self.dtype.kind, self.dtype.itemsize], len(self.shape)
        return struct.pack(f">HBB{rank}I", 0, code, rank, *self.shape)


def iter_idx(
    path: str | Path, *, start: int = 0, stop: int | None = None, chunk: int = 1000
) -> Iterator[np.ndarray]:
    """Yields items `start` … `stop` − 1 as arrays of at most `chunk` items.

    Args:
      path: an IDX file, gzip-compressed or not.
      start: first item.
      stop: one past the last item; None, or more than there are, means to the end.
      chunk: items per array; memory is bounded by it.

    Yields:
      Arrays of the file's dtype and shape `[n, *shape[1:]]`, n ≤ chunk.

    Raises:
      UserError: the file is missing, not IDX, damaged, or shorter than its header says.
    """
    with _open(path) as (stream, size):
        header = _read_header(stream, size, path)
        stop = header.items if stop is None else min(stop, header.items)
        if start >= stop or header.item_bytes == 0:
            return
        _skip(stream, start * header.item_bytes, path)
        for first in range(start, stop, chunk):
            count = min(chunk, stop - first)
            content = _read_exactly(stream, count * header.item_bytes, path)
            yield np.frombuffer(content, header.dtype).reshape(count, *header.shape[1:])


def read_header(path: str | Path) -> IdxHeader:
    """Returns the header of an IDX file, gzip-compressed or not.

    Raises:
      UserError: the file is missing, not IDX, or has another size than its header says.
    """
    with _open(path) as (stream, size):
        return _read_header(stream, size, path)


def check_idx(path: str | Path) -> tuple[IdxHeader, str]:
    """Reads a file to its end: header, exact length, and (for gzip) its check sum.

    Returns:
      The header, and the SHA-256 of the uncompressed content as hex digits.

    Raises:
      UserError: the file is missing, not IDX, damaged, too short or too long.
    """
    digest = hashlib.sha256()
    with _open(path) as (stream, size):
        header = _read_header(stream, size, path)
        for block in _whole(stream, header, path):
            digest.update(block)
    return header, digest.hexdigest()


def is_compressed(path: str | Path) -> bool:
    """Whether a file is gzip-compressed, by its first bytes.

    Raises:
      UserError: it cannot be read.
    """
    with _open(path) as (stream, _):
        return isinstance(stream, gzip.GzipFile)


def unpack_idx(path: Path, to: Path) -> None:
    """Writes the uncompressed content of an IDX file.

    Raises:
      UserError: see `check_idx`.
      OSError: it cannot be written.
    """
    with to.open("wb") as file:
        for block in _content(path):
            file.write(block)


def _content(path: Path) -> Iterator[bytes]:
    # A generator: what its caller raises is no error of this file's, as it would be in a body.
    with _open(path) as (stream, size):
        yield from _whole(stream, _read_header(stream, size, path), path)


def _whole(stream: IO[bytes], header: IdxHeader, path: str | Path) -> Iterator[bytes]:
    """The content of a file whose header was read, header and all, in blocks."""
    yield header.content
    missing = header.items * header.item_bytes
    while missing:
        block = _read_exactly(stream, min(missing, limits.BLOCK), path)
        yield block
        missing -= len(block)
    if stream.read(1):
        raise UserError(f"{path} is longer than its header says: not a sound IDX file")


def write_idx(path: str | Path, array: np.ndarray) -> None:
    """Writes an array (rank ≤ 4, dtype uint8, int8/16/32 or float32/64) as an IDX file.

    The file is gzip-compressed when its name ends in `.gz`, and the same array always
    gives the same bytes.

    Raises:
      ValueError: IDX has no code for the array's dtype.
    """
    if (array.dtype.kind, array.dtype.itemsize) not in _CODES:
        raise ValueError(f"IDX cannot hold {array.dtype}")
    header = IdxHeader(array.dtype.newbyteorder(">"), array.shape)
    content = header.content + array.astype(header.dtype).tobytes()
    if str(path).endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    Path(path).write_bytes(content)


@contextlib.contextmanager
def _open(path: str | Path) -> Iterator[tuple[IO[bytes], int]]:
    """Opens a file, through gzip where its content is; errors become a line for the user.

    Yields:
      Its content, and its size on the disk in bytes.
    """
    try:
        with open_file(path) as file:
            zipped = file.read(2) == _GZIP
            file.seek(0)
            size = os.fstat(file.fileno()).st_size
            if zipped:
                with gzip.open(file) as stream:
                    yield cast(IO[bytes], stream), size
            else:
                yield file, size
    except EOFError as error:
        raise UserError(f"{path} is cut short: copy or download it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UserError(f"{path} is damaged ({error}): copy or download it again") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error


def _read_header(stream: IO[bytes], size: int, path: str | Path) -> IdxHeader:
    """Reads the header, and refuses one that its file cannot keep to, before anything is read."""
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _DTYPES:
        raise UserError(
            f"{path} is not an IDX file: it starts with {start.hex(' ') or 'nothing'}, "
            "not with the magic number 00 00 <type> <rank>"
        )
    rank = start[3]
    if rank > limits.IDX_RANK:
        raise UserError(f"{path} has {rank} dimensions: more than {limits.IDX_RANK} are not read")
    sizes = _read_exactly(stream, 4 * rank, path)
    header = IdxHeader(_DTYPES[start[2]], struct.unpack(f">{rank}I", sizes))
    whole = len(start + sizes) + header.items * header.item_bytes
    if isinstance(stream, gzip.GzipFile):
        limits.check_unpacked(path, size, whole)
    elif whole > size:
        raise UserError(f"{path} is cut short: copy or download it again")
    elif whole < size:
        raise UserError(f"{path} is longer than its header says: not a sound IDX file")
    if header.item_bytes > limits.IDX_ITEM or header.items > limits.IDX_ITEMS:
        raise UserError(
            f"{path} holds {header.items:,} items of {header.item_bytes:,} bytes: more than "
            f"{limits.IDX_ITEMS:,}, or of more than {limits.IDX_ITEM:,}, are not read"
        )
    return header


def _skip(stream: IO[bytes], count: int, path: str | Path) -> None:
    if isinstance(stream, gzip.GzipFile):
        while count:
            count -= len(_read_exactly(stream, min(count, limits.BLOCK), path))
    else:
        stream.seek(count, 1)


def _read_exactly(stream: IO[bytes], count: int, path: str | Path) -> bytes:
    parts = []
    while count:
        part = stream.read(min(count, limits.BLOCK))
        if not part:
            raise UserError(f"{path} is cut short: copy or download it again")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)

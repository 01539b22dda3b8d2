"""Paths of this machine; opens regular files: a pipe would never end, a device never be full.

Whoever reads a file that a user or an archive names opens it here.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from components.errors import UserError
from components.text import is_utf8

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


# With one slash it is a slip of the fingers, unless there is a folder of that name.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/(?P<slash>/?)")


def is_address(text: str | Path) -> bool:
    """Whether text names what is elsewhere, e.g. "s3://bucket/x" or "s3:/x", and no path here."""
    match = _ADDRESS.match(str(text))
    return bool(match and (match["slash"] or not os.path.exists(text)))


def at_home(path: str | Path) -> Path:
    """A path whose `~` is the folder of its user.

    Raises:
      UserError: there is no such user.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UserError(f"{path} cannot be followed: {_reason(error).rstrip('.')}") from error


def absolute(path: str | Path) -> Path:
    """A path on this machine in the form in which runs keep it: without `~`, links and dots.

    It need not exist.

    Raises:
      UserError: it begins with `~` and the name of no user, its links lead in a circle, or it is
        not UTF-8, which is all that ML Metadata and TensorFlow take.
    """
    try:
        whole = at_home(path).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # ValueError: a zero byte
        raise UserError(f"{path} cannot be followed: {_reason(error)}") from error
    if not is_utf8(str(whole)):
        raise UserError(f"{whole}: a name in this path is not UTF-8; rename it")
    return whole


def open_file(path: str | Path) -> BinaryIO:
    """Opens a regular file, or a link to one, for reading bytes.

    Raises:
      UserError: it does not exist, cannot be opened, or is a folder, a pipe, a socket or a
        device.
    """
    try:
        # Asked before it is opened, since opening a device can set it going; and once more after.
        _refuse(path, os.stat(path).st_mode)
        # Without O_NONBLOCK, opening a pipe waits for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist") from error
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise UserError(f"{path} cannot be read: {_reason(error)}") from error
    file = os.fdopen(descriptor, "rb")
    try:
        _refuse(path, os.fstat(descriptor).st_mode)
    except UserError:
        file.close()
        raise
    return file


def read_file(path: str | Path, at_most: int) -> bytes:
    """The content of a regular file.

    Args:
      path: of the file.
      at_most: bytes that it may have.

    Raises:
      UserError: see `open_file`; or it is larger.
    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > at_most:
            raise UserError(f"{path} has {size:,} bytes: more than {at_most:,} are not read")
        try:
            return file.read(size)
        except OSError as error:
            raise UserError(f"{path} cannot be read: {_reason(error)}") from error


def is_full(error: OSError) -> bool:
    """Whether it says that a disk, or a user's part of it, has no room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _refuse(path: str | Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no regular file")
        raise UserError(f"{path} is {kind}, not a file with data")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)

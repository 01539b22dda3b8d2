"""Folders that get their name at once, in a cache that one process at a time writes into."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

from components.errors import UserError


@contextlib.contextmanager
def locked(cache: Path) -> Iterator[None]:
    """Keeps other processes from writing into the cache meanwhile.

    Raises:
      UserError: nobody can write there.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = open(cache / ".lock", "a", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        raise UserError(f"cannot write to {cache}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def new_folder(folder: Path, *, resume: bool = False) -> Iterator[Path]:
    """Gives a folder to fill; when the body succeeds it becomes `folder`, at once.

    When the body fails, the folder goes away, except for what a later download can go on
    with (`resume`).

    Raises:
      UserError: nobody can write there.
    """
    unfinished = folder.with_name(folder.name + ".part")
    try:
        if unfinished.exists() and not resume:  # of a process that was killed
            shutil.rmtree(unfinished)
        unfinished.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to {folder.parent}: {error.strerror}") from error
    try:
        yield unfinished
    except BaseException:
        if not resume or not any(unfinished.iterdir()):
            shutil.rmtree(unfinished)
        raise
    unfinished.rename(folder)

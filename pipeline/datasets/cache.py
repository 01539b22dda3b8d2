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
    """Gives a folder to fill; when the body succeeds it becomes `folder`, in place of any other.

    When the body fails, the folder goes away, except for what a later download can go on
    with (`resume`).

    Raises:
      UserError: nobody can write there.
    """
    unfinished = folder.with_name(folder.name + ".part")
    with _writing(folder.parent):
        if unfinished.exists() and not resume:  # of a process that was killed
            shutil.rmtree(unfinished)
        unfinished.mkdir(parents=True, exist_ok=True)
    try:
        yield unfinished
    except BaseException:
        if not resume or not any(unfinished.iterdir()):
            shutil.rmtree(unfinished)
        raise
    with _writing(folder.parent):
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)


@contextlib.contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot write to {place}: {error.strerror}") from error

"""ML Metadata's file, looked at without ML Metadata, whose import takes seconds."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from components.errors import UserError

_PATIENCE = 3  # seconds that another process may hold the file, whose writes take milliseconds


def check_metadata(metadata: Path, *, write: bool) -> None:
    """Makes sure that ML Metadata's file can be used, within seconds; a missing one is left alone.

    ML Metadata itself waits for minutes, and then says what SQLite said.

    Args:
      metadata: the SQLite file.
      write: whether it will be written.

    Raises:
      UserError: it is damaged, or another process holds it.
    """
    if not metadata.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(metadata, timeout=_PATIENCE)) as database:
            # Reads every page, a tenth of a second for hundreds of runs.
            [wrong] = database.execute("PRAGMA quick_check(1)").fetchone()
            if wrong != "ok":
                raise sqlite3.DatabaseError(wrong)
            if write:
                database.execute("BEGIN IMMEDIATE")
                database.rollback()
    except sqlite3.OperationalError as error:
        raise UserError(
            f"{metadata} cannot be used ({error}): another program may hold it; end it, and check "
            "that this folder can be written"
        ) from error
    except sqlite3.DatabaseError as error:
        raise UserError(
            f"{metadata} is damaged ({' '.join(str(error).split())}): move {metadata.parent} away "
            "and run again; the reports of its runs can still be read there"
        ) from error


def last_execution(metadata: Path) -> int:
    """The highest number of an execution; 0 where there is none."""
    if not metadata.exists():
        return 0
    with contextlib.closing(sqlite3.connect(metadata, timeout=_PATIENCE)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE name = 'Execution'")
        if not tables.fetchone():
            return 0
        return database.execute("SELECT max(id) FROM Execution").fetchone()[0] or 0

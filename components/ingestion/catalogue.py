"""The names of a data set's pictures, kept on the disk: memory stays the same for ten million.

A catalogue is a database of SQLite's in a temporary file, which goes away with it. Names are
sorted, drawn and counted there.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator

_CACHE_KIB = 32 * 1024  # what SQLite holds in memory; it sorts the rest in files
_BATCH = 1000


def place(purpose: str, name: str) -> bytes:
    """Where a name stands in a draw, 16 bytes: a hash of both, and of nothing else."""
    return hashlib.blake2b(f"{purpose}/{name}".encode(), digest_size=16).digest()


class Catalogue:
    """Pictures by name, each with its part of the data set and its label."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for setting in (f"cache_size=-{_CACHE_KIB}", "journal_mode=OFF", "temp_store=FILE"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.create_function("place", 2, place, deterministic=True)
        self._database.execute("CREATE TABLE pictures (part TEXT, label INT, name TEXT)")
        self._waiting: list[tuple[str, int, str]] = []

    def add(self, part: str, label: int, name: str) -> None:
        """Adds a picture; its name must be there once only."""
        self._waiting.append((part, label, name))
        if len(self._waiting) >= _BATCH:
            self._write()

    def counts(self, part: str) -> dict[int, int]:
        """Number of pictures of a part by label; labels without any are not in it."""
        self._write()
        counted = "SELECT label, COUNT(*) FROM pictures WHERE part = ? GROUP BY label"
        return dict(self._database.execute(counted, (part,)))

    def count(self, *parts: str) -> int:
        """Number of pictures of some parts."""
        return sum(sum(self.counts(part).values()) for part in parts)

    def names(self, *parts: str) -> Iterator[str]:
        """The names in some parts, sorted."""
        self._write()
        marks = ", ".join("?" * len(parts))
        sorted_names = f"SELECT name FROM pictures WHERE part IN ({marks}) ORDER BY name"
        for (name,) in self._database.execute(sorted_names, parts):
            yield name

    def move(self, part: str, to: str) -> None:
        """Makes all pictures of a part ones of another."""
        self._write()
        self._database.execute("UPDATE pictures SET part = ? WHERE part = ?", (to, part))

    def move_drawn(
        self, part: str, to: str, counts: dict[int, int], purpose: str, *, but: bool = False
    ) -> None:
        """Moves the first pictures of each label, in the order of a draw, to another part.

        Args:
          part: of the pictures.
          to: the other part.
          counts: label → how many.
          purpose: of the draw, see `place`.
          but: move all but these.
        """
        self._write()
        self._database.execute("CREATE INDEX IF NOT EXISTS by_label ON pictures (part, label)")
        bounds = "LIMIT -1 OFFSET ?" if but else "LIMIT ?"
        for label, count in counts.items():
            self._database.execute(
                "UPDATE pictures SET part = ? WHERE rowid IN (SELECT rowid FROM pictures "
                f"WHERE part = ? AND label = ? ORDER BY place(?, name) {bounds})",
                (to, part, label, purpose, count),
            )

    def move_evenly(self, part: str, to: str, left: int, purpose: str) -> None:
        """Leaves `left` pictures of a part, its labels' shares as they were, and moves the others.

        Each label's draw is dealt out evenly from its first picture to its last.
        """
        self._write()
        self._database.execute(
            "UPDATE pictures SET part = ?1 WHERE rowid IN (SELECT id FROM ("
            "SELECT pictures.rowid AS id, pictures.label AS label, name, (ROW_NUMBER() OVER "
            "(PARTITION BY pictures.label ORDER BY place(?2, name)) - 0.5) / alike AS at "
            "FROM pictures JOIN (SELECT label, COUNT(*) AS alike FROM pictures WHERE part = ?3 "
            "GROUP BY label) AS counted ON counted.label = pictures.label WHERE part = ?3"
            ") ORDER BY at, label, name LIMIT -1 OFFSET ?4)",
            (to, purpose, part, left),
        )

    def _write(self) -> None:
        if self._waiting:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO pictures VALUES (?, ?, ?)", self._waiting)
            self._database.execute("COMMIT")
            self._waiting.clear()


def in_groups(names: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    """Names in groups of `size`; the last one may be smaller."""
    group: list[str] = []
    for name in names:
        group.append(name)
        if len(group) == size:
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)

"""Lets a few nodes go on at a time, in the order of the pipeline."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Stopped(Exception):
    """A node's work was ended, or not begun, because the run ends."""


class Slots:
    """A semaphore whose order is not left to chance.

    Args:
      count: how many may go on at a time.
    """

    def __init__(self, count: int):
        self._free = count
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._closed = False

    @contextlib.contextmanager
    def taken(self, rank: int) -> Iterator[None]:
        """Waits for a slot; in the body it is taken.

        Args:
          rank: of those that wait, the lowest goes first; no two have the same.

        Raises:
          Stopped: the run ends.
        """
        self._take(rank)
        try:
            yield
        finally:
            self._give_back()

    @contextlib.contextmanager
    def lent(self, rank: int) -> Iterator[None]:
        """In the body others may have the slot that the caller took; after it he has one again.

        Args:
          rank: see `taken`.

        Raises:
          Stopped: the run ends.
        """
        self._give_back()
        try:
            yield
        finally:
            self._take(rank)

    def close(self) -> None:
        """Lets nobody have a slot any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self, rank: int) -> None:
        with self._changed:
            self._waiting.add(rank)
            self._changed.wait_for(lambda: self._closed or self._is_next(rank))
            self._waiting.remove(rank)
            if self._closed:
                raise Stopped
            self._free -= 1
            self._changed.notify_all()

    def _give_back(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    def _is_next(self, rank: int) -> bool:
        return self._free > 0 and rank == min(self._waiting)

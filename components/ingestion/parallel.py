"""Work on many files by several threads, for what leaves Python's lock alone: reading, hashing."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_THREADS = 8  # at most: a disk gains nothing from more
_AT_ONCE = 64  # items a thread takes: one alone may be smaller than the cost of handing it over


def in_parallel(
    function: Callable[[T], R], items: Iterable[T], at_once: int = _AT_ONCE
) -> Iterator[R]:
    """What a function makes of each item, in their order; a few items wait in memory.

    Args:
      function: of an item.
      items: as many as there are.
      at_once: items that a thread takes.
    """
    threads = min(_THREADS, os.cpu_count() or 1)
    items = iter(items)

    def of_group(group: list[T]) -> list[R]:
        return [function(item) for item in group]

    with ThreadPoolExecutor(threads) as pool:
        while round_of := list(itertools.islice(items, 4 * threads * at_once)):
            groups = [round_of[i : i + at_once] for i in range(0, len(round_of), at_once)]
            for results in pool.map(of_group, groups):
                yield from results

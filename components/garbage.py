"""Less work for Python's garbage collector in processes that import TensorFlow and TFX.

Their import makes a million objects that stay. Looking at them again and again takes a fifth of the
time of the import, and a last look at the end of the process a second or two.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 100_000  # before the collector looks at them; Python's own number is 700


@contextmanager
def collecting_less() -> Iterator[None]:
    """Within, the collector looks seldom; what is there at the end it never looks at again.

    In a process that others are forked from, the memory of that stays shared, too:
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.set_threshold(_NEW_OBJECTS)
    try:
        yield
    finally:
        gc.freeze()

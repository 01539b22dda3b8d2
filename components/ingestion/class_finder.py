"""What a `Reader` has besides where it can tell the classes from a folder, whatever its own are."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable


@runtime_checkable
class ClassFinder(Protocol):
    """Tells classes and their pictures by names of folders and files; no picture is read."""

    def find_classes(self, folder: Path) -> tuple[str, ...]:
        """The names of the classes that a folder holds, sorted; () where it names none.

        Raises:
          UserError: it may be understood in two ways.
        """

    def count(self, folder: Path) -> dict[str, dict[int, int]]:
        """Source ("train", "test") → label of this reader's class names → number of pictures.

        Raises:
          UserError: the pictures of a class are missing, or lie in no layout that is known.
        """

"""Which classes the folders of pictures name, where no data set has said it.

circle/0.png, square/0.png                  the folders with pictures, side by side
circle/thin/0.png                           a class's pictures may lie deeper
train/circle/0.png, test/circle/0.png       the folders in those of the parts
shapes/circle/0.png                         any of these further down
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from components.errors import UserError
from components.ingestion.folder import files_below
from components.ingestion.formats.class_folders import (
    PICTURE_ENDINGS,
    TRAIN,
    part_of,
    spelled,
)
from components.text import is_utf8


def find_classes(folder: Path, ignored_folders: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of the folders that hold pictures side by side, sorted; () where none do.

    Folders of training pictures count, or of no part. Where all pictures lie in one folder, it is
    the folders in there; a picture beside them says nothing.

    Args:
      folder: to look into.
      ignored_folders: names of folders with other pictures; case does not matter.

    Raises:
      UserError: a folder may be one of a class, or of a part of the data set.
    """
    ignored = {name.lower() for name in ignored_folders}
    # Of any number of pictures, only their folders are held.
    every = {PurePosixPath(name).parent for name in files_below(folder) if _is_picture(name)}
    parted, places = False, set()
    for place in every:
        if ignored & {name.lower() for name in place.parts}:
            continue
        parts = {part_of(name) for name in place.parts} - {""}
        if parts <= {TRAIN}:
            places.add(tuple(spelled(name) for name in place.parts if not part_of(name)))
        parted = parted or (bool(parts) and len(place.parts) > 1)
    names = _side_by_side(places)
    alone = sorted(place.parts[0] for place in every if len(place.parts) == 1)
    if names and not parted and (unclear := [name for name in alone if part_of(name)]):
        raise UserError(
            f"{folder / unclear[0]} may be a class, or pictures for {part_of(unclear[0])}: rename "
            "it, or put the folders of the classes into it"
        )
    return tuple(sorted(names))


def same_classes(found: Iterable[str], names: Iterable[str]) -> bool:
    """Whether all of `names` are among `found`; case and a plural s do not matter."""
    return {_loosely(name) for name in names} <= {_loosely(name) for name in found}


def _side_by_side(places: set[tuple[str, ...]]) -> set[str]:
    while True:
        places = {place for place in places if place}
        names = {place[0] for place in places}
        if len(names) != 1:
            return names
        places = {place[1:] for place in places}


def _is_picture(name: str) -> bool:
    return is_utf8(name) and name.lower().endswith(PICTURE_ENDINGS)


def _loosely(name: str) -> str:
    return spelled(name).lower().removesuffix("s")

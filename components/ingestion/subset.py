"""Draws pictures by a stable hash of their names.

A name's place in the draw depends on the name alone: not on the order of files, not on the
machine, and hardly on which other pictures there are.
"""

from __future__ import annotations

import hashlib
import heapq

from components.ingestion.catalogue import Catalogue, place
from components.ingestion.reader import Selection

#: The part of pictures that are not used.
UNUSED = "unused"


def purpose_of(purpose: str, draw: int = 0) -> str:
    """What a draw is for and its number, as `place` takes it: each such draw is independent."""
    return f"{purpose} {draw}" if draw else purpose


def held_out(example_id: str, fraction: float, draw: int = 0) -> bool:
    """Whether a training picture belongs to `eval`: true for about `fraction` of all ids.

    The id and the draw alone decide, so a picture stays where it is whatever its neighbours are.
    """
    name = f"eval {draw}/{example_id}" if draw else example_id
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < fraction * 2**64


def select_numbers(source: str, pictures: int, selection: Selection) -> range | tuple[int, ...]:
    """The numbers of the pictures that are used, for formats that number them, in order.

    Draw 0 takes the first ones, another draw others of the training pictures.

    Args:
      source: "train" or "test".
      pictures: how many there are.
      selection: how many are used.
    """
    limit = selection.limit(source, pictures)
    draw = selection.draw_of_training
    if not draw or source == "test" or limit == pictures:
        return range(limit)
    purpose = purpose_of("subset", draw)
    first = heapq.nsmallest(limit, range(pictures), key=lambda number: place(purpose, str(number)))
    return tuple(sorted(first))


def select(catalogue: Catalogue, selection: Selection) -> None:
    """Moves the pictures that are not used from the parts "train" and "test" to `UNUSED`.

    Args:
      catalogue: of the training pictures, and of the data set's own test pictures. Where it has
        none, a share of each class is drawn.
      selection: which are used. Limits keep the classes' shares.
    """
    draw_of = {"train": selection.draw_of_training, "test": 0}
    if not catalogue.count("test"):
        draw_of["test"] = selection.draw
        counts = catalogue.counts("train")
        shares = {label: round(selection.test_fraction * count) for label, count in counts.items()}
        catalogue.move_drawn("train", "test", shares, purpose_of("test", selection.draw))
    subset = selection.data_subset
    counts = catalogue.counts("train")
    if subset and max(counts.values(), default=0) > subset:
        purpose = purpose_of("subset", selection.draw_of_training)
        catalogue.move_drawn("train", UNUSED, dict.fromkeys(counts, subset), purpose, but=True)
    for source, draw in draw_of.items():
        count = catalogue.count(source)
        if (left := selection.limit(source, count)) < count:
            catalogue.move_evenly(source, UNUSED, left, purpose_of("subset", draw))

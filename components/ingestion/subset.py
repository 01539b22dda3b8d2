"""Draws pictures by a stable hash of their names.

A name's place in the draw depends on the name alone: not on the order of files, not on the
machine, and hardly on which other pictures there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from components.ingestion.reader import Selection


def drawn(names: Iterable[str], purpose: str, draw: int = 0) -> list[str]:
    """The names in the order of a draw.

    Draws for different purposes, and of different numbers `draw`, are independent.
    """
    prefix = f"{purpose} {draw}" if draw else purpose

    def place(name: str) -> bytes:
        return hashlib.blake2b(f"{prefix}/{name}".encode(), digest_size=16).digest()

    return sorted(names, key=place)


def data_subset(names: Iterable[str], size: int, draw: int = 0) -> list[str]:
    """Draws `size` names (all where there are fewer); a larger draw holds every smaller one."""
    return drawn(names, "subset", draw)[:size]


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
    names = drawn(map(str, range(pictures)), "subset", draw)
    return tuple(sorted(map(int, names[:limit])))


def select(
    train: Mapping[int, Sequence[str]], test: Mapping[int, Sequence[str]], selection: Selection
) -> dict[str, tuple[str, ...]]:
    """The names of the pictures that are used, by source.

    Args:
      train: label → names of the training pictures.
      test: the same of the data set's own test pictures; empty where it has none: a share of
        each class of `train` is drawn then.
      selection: how many. Limits keep the classes' shares.

    Returns:
      {"train": names, "test": names}, sorted.
    """
    draw_of = {"train": selection.draw_of_training, "test": 0}
    if not test:
        draw_of["test"] = selection.draw
        split = {label: drawn(names, "test", selection.draw) for label, names in train.items()}
        cut = {label: round(selection.test_fraction * len(names)) for label, names in split.items()}
        test = {label: names[: cut[label]] for label, names in split.items()}
        train = {label: names[cut[label] :] for label, names in split.items()}
    if selection.data_subset:
        train = {
            label: data_subset(names, selection.data_subset, selection.draw_of_training)
            for label, names in train.items()
        }
    return {
        source: tuple(sorted(_limited(by_label, source, selection, draw_of[source])))
        for source, by_label in (("train", train), ("test", test))
    }


def _limited(
    by_label: Mapping[int, Sequence[str]], source: str, selection: Selection, draw: int
) -> list[str]:
    """The first names when each class's draw is dealt out evenly from its first to its last."""
    places = [
        ((place + 0.5) / len(names), label, name)
        for label, names in by_label.items()
        for place, name in enumerate(drawn(names, "subset", draw))
    ]
    limit = selection.limit(source, len(places))
    return [name for _, _, name in sorted(places)[:limit]]

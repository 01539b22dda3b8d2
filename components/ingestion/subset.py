"""Draws pictures by a stable hash of their names.

A name's place in the draw depends on the name alone: not on the order of files, not on the
machine, and hardly on which other pictures there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from components.ingestion.reader import Selection


def drawn(names: Iterable[str], purpose: str) -> list[str]:
    """The names in the order of a draw. Draws for different purposes are independent."""

    def place(name: str) -> bytes:
        return hashlib.blake2b(f"{purpose}/{name}".encode(), digest_size=16).digest()

    return sorted(names, key=place)


def data_subset(names: Iterable[str], size: int) -> list[str]:
    """Draws `size` names (all where there are fewer); a larger draw holds every smaller one."""
    return drawn(names, "subset")[:size]


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
    if not test:
        split = {label: drawn(names, "test") for label, names in train.items()}
        cut = {label: round(selection.test_fraction * len(names)) for label, names in split.items()}
        test = {label: names[: cut[label]] for label, names in split.items()}
        train = {label: names[cut[label] :] for label, names in split.items()}
    if selection.data_subset:
        train = {label: data_subset(names, selection.data_subset) for label, names in train.items()}
    return {
        source: tuple(sorted(_limited(by_label, source, selection)))
        for source, by_label in (("train", train), ("test", test))
    }


def _limited(by_label: Mapping[int, Sequence[str]], source: str, selection: Selection) -> list[str]:
    """The first names when each class's draw is dealt out evenly from its first to its last."""
    places = [
        ((place + 0.5) / len(names), label, name)
        for label, names in by_label.items()
        for place, name in enumerate(drawn(names, "subset"))
    ]
    limit = selection.limit(source, len(places))
    return [name for _, _, name in sorted(places)[:limit]]

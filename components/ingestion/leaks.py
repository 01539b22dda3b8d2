"""Pictures that stand more than once in a data set: what a model has seen is no test of it.

Two pictures are copies where their pixels agree, whatever their names and files are. Each shard
leaves a short fingerprint of every picture; fingerprints meet by their first byte, so a worker
holds a part of them only. A copy that was compressed, cut or scaled again has other pixels and
is not found.
"""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from components import features

_BYTES = 16  # of a fingerprint: two of a billion pictures agree by chance once in 10²⁰ data sets
_BUCKETS = 16
# At most so many pictures of a kind are named.
_NAMED = 20


def fingerprint(pixels: bytes | memoryview | np.ndarray, height: int, width: int) -> bytes:
    """Of a picture's size and pixels, 16 bytes.

    Args:
      pixels: uint8 [height, width, channels], or these bytes, row by row.
      height: in pixels.
      width: in pixels.
    """
    # SHA-256 has instructions of its own on today's processors: for large pictures it takes a
    # third of the time of BLAKE2.
    digest = _of_size(height, width).copy()
    digest.update(pixels)
    return digest.digest()[:_BYTES]


@functools.lru_cache(maxsize=64)
def _of_size(height: int, width: int) -> Any:
    """A digest that is begun; a copy of it takes half the time of a new one."""
    return hashlib.sha256(f"{height}×{width}".encode(), usedforsecurity=False)


class Block(NamedTuple):
    """Some pictures of a shard, column by column.

    Attributes:
      fingerprints: of one after the other.
      splits: of each, as its place in `features.SPLITS`.
      labels: of each.
      names: of each.
    """

    fingerprints: bytes
    splits: bytes
    labels: list[int]
    names: list[str]


@dataclass(frozen=True)
class Copies:
    """Pictures with a copy where none should be.

    Attributes:
      count: their number.
      pictures: the first ones by name, each with a copy: "test/00000042 = train/00000007".
    """

    count: int = 0
    pictures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The names, and dots where there are more."""
        return ", ".join(self.pictures[:5]) + (", …" if self.count > 5 else "")


@dataclass(frozen=True)
class Leaks:
    """What of a data set stands in it more than once, and should not.

    Attributes:
      test_pictures: number of pictures in split `test`.
      test: pictures of split `test` that stand in `train` or `eval`, too.
      eval: pictures of split `eval` that stand in `train`, too.
      contradicting: pictures, in whatever splits, whose copies have different labels; copies of
        each other count once.
    """

    test_pictures: int = 0
    test: Copies = field(default_factory=Copies)
    eval: Copies = field(default_factory=Copies)
    contradicting: Copies = field(default_factory=Copies)

    def size(self) -> tuple[int, ...]:
        """How much there is, what is worst first."""
        return self.test.count, self.eval.count, self.contradicting.count

    def sentences(self) -> list[str]:
        """What a person should know of it, a sentence each; empty where there is nothing."""
        kinds = (
            (self.test, f"of {self.test_pictures:,} test pictures stand in train or eval, too"),
            (self.eval, "pictures of eval stand in train, too"),
            (self.contradicting, "pictures have copies with different labels"),
        )
        return [f"{kind.count:,} {words}: {kind}." for kind, words in kinds if kind.count]


class Seen:
    """The pictures of a shard, noted one by one."""

    def __init__(self) -> None:
        self._rows: list[list[tuple[bytes, str, int, str]]] = [[] for _ in range(_BUCKETS)]

    def add(self, fingerprint: bytes, split: str, label: int, name: str) -> None:
        """Notes a picture."""
        self._rows[fingerprint[0] % _BUCKETS].append((fingerprint, split, label, name))

    def blocks(self) -> Iterator[tuple[int, Block]]:
        """The pictures, those together that must meet pictures of other shards: (key, block)."""
        for key, rows in enumerate(self._rows):
            if not rows:
                continue
            fingerprints, splits, labels, names = zip(*rows, strict=True)
            places = bytes(map(features.SPLITS.index, splits))
            yield key, Block(b"".join(fingerprints), places, list(labels), list(names))


class _Picture(NamedTuple):
    split: str
    name: str
    label: int


def find(blocks: Iterable[Block], class_names: Sequence[str]) -> Leaks:
    """The copies among the pictures of some blocks with the same key.

    Args:
      blocks: of all shards.
      class_names: names of the labels 0, 1, …
    """
    blocks = list(blocks)
    test = features.SPLITS.index(features.TEST)
    leaked, held_out, contradicting = [], [], []
    for group in _groups(blocks):
        by_split = {split: [p for p in group if p.split == split] for split in features.SPLITS}
        known = by_split[features.TRAIN] + by_split[features.EVAL]
        if known:
            leaked += [f"{p.name} = {known[0].name}" for p in by_split[features.TEST]]
        if by_split[features.TRAIN]:
            copied = by_split[features.TRAIN][0].name
            held_out += [f"{p.name} = {copied}" for p in by_split[features.EVAL]]
        others = [p for p in group if p.label != group[0].label]
        if others:
            pair = (f"{p.name} ({_class(p.label, class_names)})" for p in (group[0], others[0]))
            contradicting.append(" = ".join(pair))
    named = (leaked, held_out, contradicting)
    return Leaks(
        sum(block.splits.count(test) for block in blocks),
        *(Copies(len(pictures), sorted(pictures)[:_NAMED]) for pictures in named),
    )


def total(leaks: Iterable[Leaks]) -> Leaks:
    """All of them as one."""
    leaks = list(leaks)
    return Leaks(
        sum(each.test_pictures for each in leaks),
        *(
            Copies(
                sum(copies.count for copies in of_kind),
                sorted(name for copies in of_kind for name in copies.pictures)[:_NAMED],
            )
            for of_kind in (
                [each.test for each in leaks],
                [each.eval for each in leaks],
                [each.contradicting for each in leaks],
            )
        ),
    )


def _groups(blocks: Sequence[Block]) -> list[list[_Picture]]:
    """The pictures that are copies of each other, each group sorted by split and name."""
    if not blocks:
        return []
    # Half of a fingerprint picks out the few that can have a copy; whole ones then decide.
    halves = [np.frombuffer(block.fingerprints, np.uint64)[:: _BYTES // 8] for block in blocks]
    values, counts = np.unique(np.concatenate(halves), return_counts=True)
    repeated = values[counts > 1]
    groups: defaultdict[bytes, list[_Picture]] = defaultdict(list)
    for block, half in zip(blocks, halves, strict=True):
        for index in np.flatnonzero(np.isin(half, repeated)).tolist():
            whole = block.fingerprints[_BYTES * index : _BYTES * (index + 1)]
            split = features.SPLITS[block.splits[index]]
            groups[whole].append(_Picture(split, block.names[index], block.labels[index]))
    return [sorted(group) for group in groups.values() if len(group) > 1]


def _class(label: int, class_names: Sequence[str]) -> str:
    return class_names[label] if 0 <= label < len(class_names) else "?"

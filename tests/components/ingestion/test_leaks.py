from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.leaks import Copies, Leaks, Seen, find, fingerprint, total

#: (pixel, split, label) of each picture; few pixels, so that there are many copies.
PICTURES = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["train", "eval", "test"]), st.integers(0, 1))
)


def leaks_of(pictures: list[tuple[int, str, int]], shards: int = 2) -> Leaks:
    """As ExampleGen finds them in a data set whose pictures have one pixel each."""
    seen = [Seen() for _ in range(shards)]
    for number, (pixel, split, label) in enumerate(pictures):
        name = f"{split}/{number}"
        seen[number % shards].add(fingerprint(bytes([pixel]), 1, 1), split, label, name)
    met: dict[int, list] = {}
    for key, block in (pair for shard in seen for pair in shard.blocks()):
        met.setdefault(key, []).append(block)
    return total(find(blocks, ["cat", "dog"]) for blocks in met.values())


def test_a_picture_in_two_splits_is_named_with_its_copy() -> None:
    pictures = [(7, "train", 0), (7, "test", 0), (8, "test", 0), (9, "train", 1), (9, "eval", 1)]
    assert leaks_of(pictures) == Leaks(
        test_pictures=2,
        test=Copies(1, ["test/1 = train/0"]),
        eval=Copies(1, ["eval/4 = train/3"]),
    )


def test_copies_within_a_split_are_no_leak_unless_their_labels_differ() -> None:
    assert leaks_of([(1, "test", 0), (1, "test", 0)]) == Leaks(test_pictures=2)
    found = leaks_of([(1, "train", 0), (1, "train", 1), (1, "train", 1)])
    assert found.contradicting == Copies(1, ["train/0 (cat) = train/1 (dog)"])
    assert found.sentences() == [
        "1 pictures have copies with different labels: train/0 (cat) = train/1 (dog)."
    ]


def test_of_many_only_the_first_are_named() -> None:
    found = leaks_of([(n % 200, "train" if n < 200 else "test", 0) for n in range(400)])
    assert found.test.count == found.test_pictures == 200
    assert len(found.test.pictures) == 20
    [sentence] = found.sentences()
    assert sentence.startswith("200 of 200 test pictures stand in train or eval, too: test/200 = ")
    assert sentence.endswith(", ….")


@given(PICTURES, st.integers(1, 4))
def test_the_counts_are_those_of_comparing_every_pair(
    pictures: list[tuple[int, str, int]], shards: int
) -> None:
    found = leaks_of(pictures, shards)
    train, evaluation, test = (
        [pixel for pixel, split, _ in pictures if split == wanted]
        for wanted in ("train", "eval", "test")
    )
    assert found.test_pictures == len(test)
    assert found.test.count == sum(pixel in {*train, *evaluation} for pixel in test)
    assert found.eval.count == sum(pixel in train for pixel in evaluation)
    contradicting = {
        one[0]
        for one, other in product(pictures, pictures)
        if one[0] == other[0] and one[2] != other[2]
    }
    assert found.contradicting.count == len(contradicting)


@pytest.mark.parametrize("shape", [(2, 8, 1), (4, 4, 1), (8, 2, 1), (4, 4, 3)])
def test_the_shape_counts_besides_the_pixels(shape: tuple[int, int, int]) -> None:
    others = [s for s in ((2, 8, 1), (4, 4, 1), (8, 2, 1), (4, 4, 3)) if s != shape]
    own = np.zeros(shape, np.uint8)
    assert fingerprint(own, *shape[:2]) == fingerprint(own.tobytes(), *shape[:2])
    for other in others:
        assert fingerprint(own, *shape[:2]) != fingerprint(np.zeros(other, np.uint8), *other[:2])

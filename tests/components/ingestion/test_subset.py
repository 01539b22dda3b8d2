from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.reader import Selection
from components.ingestion.subset import data_subset, select

NAMES = st.sets(st.text(min_size=1, max_size=8), max_size=40)


def photographs(cats: int, dogs: int) -> dict[int, list[str]]:
    return {0: [f"cat.{i}.jpg" for i in range(cats)], 1: [f"dog.{i}.jpg" for i in range(dogs)]}


@given(NAMES, st.integers(0, 50), st.randoms())
def test_a_subset_does_not_change_with_the_order_of_files(names, size, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(names)
    random.shuffle(shuffled)
    found = data_subset(shuffled, size)
    assert found == data_subset(sorted(names), size)
    assert len(found) == min(size, len(names))
    assert set(found) <= names


@given(NAMES, st.integers(0, 50), st.integers(0, 50))
def test_a_larger_subset_holds_the_smaller_one(names: set[str], one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert data_subset(names, large)[:small] == data_subset(names, small)


def test_other_pictures_do_not_push_a_drawn_one_far() -> None:
    names = [f"cat.{i}.jpg" for i in range(1000)]
    before, after = set(data_subset(names, 500)), set(data_subset([*names, "cat.new.jpg"], 500))
    assert len(before - after) <= 1


def test_a_share_of_each_class_becomes_the_test_set() -> None:
    chosen = select(photographs(800, 400), {}, Selection(test_fraction=0.25))
    assert Counter(name[:3] for name in chosen["test"]) == {"cat": 200, "dog": 100}
    assert Counter(name[:3] for name in chosen["train"]) == {"cat": 600, "dog": 300}
    assert not set(chosen["test"]) & set(chosen["train"])


def test_a_test_set_of_its_own_is_taken_whole() -> None:
    test = {0: ["t/cat.1.jpg"], 1: ["t/dog.1.jpg"]}
    chosen = select(photographs(5, 5), test, Selection(test_fraction=0.25))
    assert chosen["test"] == ("t/cat.1.jpg", "t/dog.1.jpg")
    assert len(chosen["train"]) == 10


def test_the_subset_is_of_each_class_and_of_training_pictures_only() -> None:
    everything = select(photographs(800, 800), {}, Selection(test_fraction=0.25))
    small = select(photographs(800, 800), {}, Selection(test_fraction=0.25, data_subset=100))
    assert Counter(name[:3] for name in small["train"]) == {"cat": 100, "dog": 100}
    assert set(small["train"]) < set(everything["train"])
    assert small["test"] == everything["test"]


@pytest.mark.parametrize(("limit", "cats"), [(300, 100), (30, 10), (3, 1)])
def test_a_limit_keeps_the_classes_shares(limit: int, cats: int) -> None:
    chosen = select(photographs(400, 800), {0: ["a"]}, Selection(train_limit=limit))
    assert len(chosen["train"]) == limit
    assert Counter(name[:3] for name in chosen["train"])["cat"] == cats

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.catalogue import Catalogue
from components.ingestion.reader import Selection
from components.ingestion.subset import UNUSED, held_out, select_numbers
from components.ingestion.subset import select as select_from

NAMES = st.sets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=40)


def select(
    train: dict[int, list[str]], test: dict[int, list[str]], selection: Selection
) -> dict[str, tuple[str, ...]]:
    """What is selected of a catalogue of these pictures."""
    catalogue = Catalogue()
    for part, labelled in (("train", train), ("test", test)):
        for label, names in labelled.items():
            for name in names:
                catalogue.add(part, label, name)
    everything = catalogue.count("train", "test")
    select_from(catalogue, selection)
    assert catalogue.count("train", "test", UNUSED) == everything
    return {part: tuple(catalogue.names(part)) for part in ("train", "test")}


def data_subset(names: Iterable[str], size: int) -> set[str]:
    """A subset of a class's pictures."""
    test = {0: ["a test picture"]}
    return set(select({0: list(names)}, test, Selection(data_subset=size))["train"])


def photographs(cats: int, dogs: int) -> dict[int, list[str]]:
    return {0: [f"cat.{i}.jpg" for i in range(cats)], 1: [f"dog.{i}.jpg" for i in range(dogs)]}


@given(NAMES, st.integers(1, 50), st.randoms())
def test_a_subset_does_not_change_with_the_order_of_files(names, size, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(names)
    random.shuffle(shuffled)
    found = data_subset(shuffled, size)
    assert found == data_subset(sorted(names), size)
    assert len(found) == min(size, len(names))
    assert found <= names


@given(NAMES, st.integers(1, 50), st.integers(1, 50))
def test_a_larger_subset_holds_the_smaller_one(names: set[str], one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert data_subset(names, large) >= data_subset(names, small)


def test_other_pictures_do_not_push_a_drawn_one_far() -> None:
    names = [f"cat.{i}.jpg" for i in range(1000)]
    before, after = data_subset(names, 500), data_subset([*names, "cat.new.jpg"], 500)
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


@given(st.text(min_size=1), st.floats(0.05, 0.95))
def test_the_id_alone_decides_what_is_held_out(example_id: str, fraction: float) -> None:
    assert held_out(example_id, fraction) == held_out(example_id, fraction)
    assert held_out(example_id, 1.0)
    assert not held_out(example_id, 0.0)


def test_about_the_wanted_share_is_held_out() -> None:
    share = np.mean([held_out(f"train/{i:08d}", 0.1) for i in range(20_000)])
    assert share == pytest.approx(0.1, abs=0.01)  # 4.7 standard deviations


def test_draw_0_is_the_draw_of_all_versions() -> None:
    selection = Selection(test_fraction=0.25, data_subset=3, train_limit=4)
    assert select(photographs(12, 12), {}, selection) == {
        "train": ("cat.2.jpg", "cat.8.jpg", "dog.0.jpg", "dog.7.jpg"),
        "test": (
            *("cat.0.jpg", "cat.4.jpg", "cat.5.jpg"),
            *("dog.10.jpg", "dog.11.jpg", "dog.6.jpg"),
        ),
    }
    ids = [f"train/{number:08d}" for number in range(40)]
    assert [n for n, example_id in enumerate(ids) if held_out(example_id, 0.1)] == [7, 10, 12, 30]
    assert select_numbers("train", 50, Selection(train_limit=9)) == range(9)


def test_another_draw_is_another_choice_of_everything_that_is_drawn() -> None:
    def chosen(draw: int) -> dict[str, tuple[str, ...]]:
        selection = Selection(test_fraction=0.25, data_subset=100, draw=draw)
        return select(photographs(800, 800), {}, selection)

    first, second = chosen(0), chosen(1)
    assert second == chosen(1) != chosen(2)
    for source, expected in (("train", 25), ("test", 100)):
        common = set(first[source]) & set(second[source])
        assert len(common) == pytest.approx(expected, abs=40)
        assert len(first[source]) == len(second[source])
    assert not set(second["train"]) & set(second["test"])


def test_a_drawn_test_set_can_stay_while_others_are_trained_on() -> None:
    def chosen(draw: int) -> dict[str, tuple[str, ...]]:
        selection = Selection(test_fraction=0.25, data_subset=100, train_draw=draw)
        return select(photographs(800, 800), {}, selection)

    plain = Selection(test_fraction=0.25, data_subset=100)
    assert chosen(0) == select(photographs(800, 800), {}, plain)
    assert chosen(1)["test"] == chosen(2)["test"] == chosen(0)["test"]
    assert len({chosen(draw)["train"] for draw in (0, 1, 2)}) == 3
    assert not set(chosen(1)["train"]) & set(chosen(1)["test"])


def test_a_test_set_of_its_own_is_the_same_in_every_draw() -> None:
    test = photographs(40, 40)
    for draw in (0, 1):
        selection = Selection(test_limit=10, draw=draw)
        assert (
            select(photographs(5, 5), test, selection)["test"]
            == select(photographs(5, 5), test, Selection(test_limit=10))["test"]
        )
        assert select_numbers("test", 50, selection) == range(10)


def test_numbers_are_drawn_where_not_all_are_used() -> None:
    assert select_numbers("train", 50, Selection(draw=1)) == range(50)
    some = select_numbers("train", 50, Selection(train_limit=20, draw=1))
    assert len(set(some)) == 20
    assert list(some) == sorted(some)
    assert set(some) < set(range(50))
    assert some != select_numbers("train", 50, Selection(train_limit=20, draw=2))


@given(st.text(min_size=1), st.integers(1, 9))
def test_draws_hold_out_independently(example_id: str, draw: int) -> None:
    many = [f"{example_id}/{number}" for number in range(400)]
    both = sum(held_out(name, 0.5) and held_out(name, 0.5, draw) for name in many)
    assert both == pytest.approx(100, abs=60)  # 6.9 standard deviations

"""What changed beside accuracy: of models whose difference is known."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluator.changes import (
    Change,
    changes_of_predictions,
    gap_change,
    standing,
)
from components.evaluator.intervals import Interval

PICTURES, CLASSES = 3000, 3
NAMES = ["coat", "shirt", "bag"]
LABELS = np.arange(PICTURES) % CLASSES


def answers(
    random: np.random.Generator, accuracy: tuple[float, float, float], sure: float = 0.8
) -> np.ndarray:
    """Probabilities of a model that is right so often on each class, and always so sure."""
    right = random.random(PICTURES) < np.array(accuracy)[LABELS]
    named = np.where(right, LABELS, (LABELS + 1) % CLASSES)
    probabilities = np.full((PICTURES, CLASSES), (1 - sure) / 2)
    probabilities[np.arange(PICTURES), named] = sure
    return probabilities


def named(changes: list[Change]) -> dict[str, bool]:
    """What stands: its name → whether it is for the better."""
    return {change.what: change.improved for change in standing(changes)}


def test_a_class_that_gained_and_one_that_lost_are_named() -> None:
    random = np.random.default_rng(0)
    changes = changes_of_predictions(
        LABELS,
        answers(random, (0.8, 0.8, 0.8))[None],
        answers(random, (0.8, 0.9, 0.7))[None],
        NAMES,
    )
    assert named(changes) == {
        "accuracy on pictures of shirt": True,
        "accuracy on pictures of bag": False,
    }
    [shirt] = [change for change in changes if change.name == "shirt"]
    assert shirt.difference.low < 0.1 < shirt.difference.high


def test_more_confidence_than_accuracy_is_named() -> None:
    random = np.random.default_rng(1)
    right = (0.8, 0.8, 0.8)
    changes = changes_of_predictions(
        LABELS, answers(random, right)[None], answers(random, right, sure=0.97)[None], NAMES
    )
    assert named(changes) == {"expected calibration error": False, "test loss": False}


def test_of_equal_models_hardly_any_has_a_change_that_stands() -> None:
    random = np.random.default_rng(2)
    falsely = sum(
        bool(
            standing(
                changes_of_predictions(
                    LABELS,
                    np.stack([answers(random, (0.8, 0.7, 0.9)) for _ in range(2)]),
                    np.stack([answers(random, (0.8, 0.7, 0.9)) for _ in range(2)]),
                    NAMES,
                )
            )
        )
        for _ in range(60)
    )
    assert falsely <= 9  # of 60: more come by chance in 1 of 500 cases, at a rate of 5 %


def test_a_class_of_few_pictures_is_left_out() -> None:
    labels = np.array([0] * 20 + [1] * 20 + [2] * 4)
    same = np.full((1, 44, 3), 1 / 3)
    changes = changes_of_predictions(labels, same, same, NAMES)
    assert [change.name for change in changes if change.kind == "class"] == ["coat", "shirt"]
    assert standing(changes) == []


@pytest.mark.parametrize(("train", "stands"), [((0.95, 0.90), True), ((0.95, 0.948), False)])
def test_a_smaller_gap_is_named_where_it_is_clear(train: tuple[float, float], stands: bool) -> None:
    test = Interval(0.0, -0.005, 0.005, 1.0)
    change = gap_change(([train[0]], [train[1]]), ([0.85], [0.85]), 50_000, test)
    assert change.baseline == pytest.approx(0.10)
    assert change.difference.estimate == pytest.approx(train[1] - train[0])
    assert named([change]) == ({"generalization gap": True} if stands else {})


def test_more_figures_ask_for_a_clearer_change() -> None:
    clear = Change("loss", "", 1.0, 0.9, Interval(-0.1, -0.15, -0.05, 0.004))
    nothing = Change("gap", "", 0.0, 0.0, Interval(0.0, -1.0, 1.0, 1.0))
    assert standing([clear, *[nothing] * 9]) == [clear]
    assert standing([clear, *[nothing] * 15]) == []

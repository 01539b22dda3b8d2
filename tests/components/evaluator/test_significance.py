"""The arithmetic of the verdict, on made predictions with a known answer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as reference

from components.evaluator import significance
from components.evaluator.intervals import Interval
from components.evaluator.significance import (
    BETTER,
    EQUIVALENT,
    NOT_SHOWN,
    WORSE,
    Significance,
    conclude,
    is_imbalanced,
)


def answers(right: np.ndarray, sure: float = 0.9) -> np.ndarray:
    """Probabilities of two classes for pictures of class 0, so that `right` ones are right."""
    of_zero = np.where(right, sure, 1 - sure)
    return np.stack([of_zero, 1 - of_zero], axis=1)


def compare(
    labels: np.ndarray, baseline: list[np.ndarray], candidate: list[np.ndarray]
) -> Significance:
    return significance.compare(labels, baseline, candidate, equivalence=0.005)


def test_models_that_answer_alike_are_practically_equal_where_there_are_pictures_enough() -> None:
    for pictures, conclusion in ((100, NOT_SHOWN), (1000, EQUIVALENT)):
        model = answers(np.arange(pictures) % 10 != 0)
        found = compare(np.zeros(pictures, int), [model, model], [model, model])
        assert found.conclusion == conclusion
        assert found.identical_answers
        assert found.accuracy.low < found.accuracy.estimate == 0 < found.accuracy.high
        assert found.mcnemar_p == [1, 1]
        assert found.minimum_detectable_effect > 0


def test_the_same_accuracy_is_not_the_same_answers() -> None:
    one, other = answers(np.arange(100) % 10 != 0), answers(np.arange(100) % 10 != 1)
    assert not compare(np.zeros(100, int), [one], [other]).identical_answers


def test_a_clear_difference_is_shown_in_its_direction() -> None:
    weak, strong = answers(np.arange(1000) % 3 != 0), answers(np.arange(1000) % 10 != 0)
    labels = np.zeros(1000, int)
    assert compare(labels, [weak], [strong]).conclusion == BETTER
    assert compare(labels, [strong], [weak]).conclusion == WORSE


def test_seeds_that_contradict_each_other_show_nothing() -> None:
    labels, weak = np.zeros(1000, int), answers(np.arange(1000) % 5 != 0)
    strong, poor = answers(np.arange(1000) % 20 != 0), answers(np.arange(1000) % 4 != 0)
    one = compare(labels, [weak], [strong])
    three = compare(labels, [weak] * 3, [strong, strong, poor])
    assert one.conclusion == BETTER
    assert one.over_seeds is None
    assert one.accuracy == one.over_pictures
    assert three.over_pictures.low > 0  # the pictures alone would say so
    assert three.conclusion == NOT_SHOWN
    assert three.accuracy.low < 0


@pytest.mark.parametrize(
    ("low", "high", "conclusion"),
    [
        (0.001, 0.02, BETTER),
        (-0.02, -0.001, WORSE),
        (-0.001, 0.02, NOT_SHOWN),
        (-0.005, 0.005, EQUIVALENT),
        (-0.0051, 0.001, NOT_SHOWN),
        (0.001, 0.004, EQUIVALENT),  # real, and too small to matter
        (-0.004, -0.001, EQUIVALENT),
    ],
)
def test_the_conclusion_follows_from_one_interval(low: float, high: float, conclusion: str) -> None:
    assert conclude(Interval((low + high) / 2, low, high, p=0.5), 0.005) == conclusion


def test_with_unequal_classes_the_conclusion_goes_by_balanced_accuracy() -> None:
    labels = np.repeat([0, 1], [900, 100])

    def says_zero(mistakes: int, rare_right: int) -> np.ndarray:
        """So many of the frequent class wrong, so many of the rare one right."""
        zero = np.concatenate([np.arange(900) >= mistakes, np.arange(100) >= rare_right])
        return np.stack([zero * 0.8 + 0.1, ~zero * 0.8 + 0.1], axis=1)

    lazy, keen = says_zero(0, 0), says_zero(80, 60)
    found = compare(labels, [lazy], [keen])
    assert found.majority_share == 0.9
    assert (found.baseline_accuracy, found.candidate_accuracy) == ([0.9], [0.88])
    assert found.baseline_balanced_accuracy == pytest.approx([0.5])
    assert found.candidate_balanced_accuracy == pytest.approx([(820 / 900 + 0.6) / 2])
    assert found.headline_metric == "balanced accuracy"
    assert found.headline == found.balanced_accuracy
    assert found.conclusion == BETTER
    assert found.accuracy.estimate < 0
    assert compare(labels[850:950], [lazy[850:950]], [keen[850:950]]).headline_metric == "accuracy"


def test_balanced_accuracy_is_of_the_classes_that_have_pictures() -> None:
    weights = significance.class_weights(np.array([0, 0, 0, 2]))
    np.testing.assert_allclose(weights, [1 / 6, 1 / 6, 1 / 6, 1 / 2])


@pytest.mark.parametrize(
    ("share", "classes", "expected"),
    [(0.59, 2, False), (0.61, 2, True), (0.27, 10, False), (0.29, 10, True), (1.0, 1, False)],
)
def test_how_much_a_class_may_hold(share: float, classes: int, expected: bool) -> None:
    assert is_imbalanced(share, classes) == expected


def test_the_figures_survive_json() -> None:
    model = answers(np.arange(100) % 10 != 0)
    for seeds in (1, 2):
        found = compare(np.zeros(100, int), [model] * seeds, [model] * seeds)
        assert Significance.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_that_of_statsmodels(only_first: int, only_second: int) -> None:
    table = [[10, only_first], [only_second, 10]]
    expected = reference(table, exact=True).pvalue if only_first + only_second else 1.0
    assert significance.mcnemar(only_first, only_second) == pytest.approx(expected, abs=1e-12)


def test_losses_are_kerass() -> None:
    import keras

    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet(np.ones(5), 50).astype(np.float32)
    probabilities[0] = [1, 0, 0, 0, 0]
    labels = rng.integers(1, 5, 50)
    expected = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    found = significance.cross_entropy(labels, probabilities)
    np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-4, atol=1e-6)


def test_models_with_other_numbers_of_seeds_are_refused() -> None:
    model = answers(np.ones(10, bool))
    with pytest.raises(ValueError, match="as many seeds"):
        compare(np.zeros(10, int), [model], [model, model])

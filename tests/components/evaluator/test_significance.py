"""The arithmetic of the verdict, on made predictions with a known answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as reference

from components.evaluator import significance
from components.evaluator.significance import BETTER, NOT_SHOWN, WORSE, compare


def answers(right: np.ndarray, sure: float = 0.9) -> np.ndarray:
    """Probabilities of two classes for pictures of class 0, so that `right` ones are right."""
    of_zero = np.where(right, sure, 1 - sure)
    return np.stack([of_zero, 1 - of_zero], axis=1)


def draw(rng: np.random.Generator, pictures: int, first: float, second: float) -> list[np.ndarray]:
    """Two models of these accuracies; what is hard for one is harder for the other, too."""
    hardness = rng.random(pictures)
    own = rng.random((2, pictures)) < 0.5
    return [
        answers(np.where(own[index], hardness, rng.random(pictures)) < accuracy)
        for index, accuracy in enumerate((first, second))
    ]


def test_identical_models_show_no_difference() -> None:
    model = answers(np.arange(100) % 10 != 0)
    found = compare(np.zeros(100, int), [model, model], [model, model])
    assert found.conclusion == NOT_SHOWN
    assert (found.accuracy.estimate, found.lower_end) == (0, 0)
    assert found.mcnemar_p == [1, 1]
    assert found.minimum_detectable_effect > 0


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
    assert three.accuracy.low > 0  # the pictures alone would say so
    assert three.conclusion == NOT_SHOWN
    assert three.lower_end < 0


def test_the_interval_covers_the_truth_in_95_of_100_test_sets() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(500):
        first, second = draw(rng, 400, 0.80, 0.84)
        found = compare(np.zeros(400, int), [first], [second]).accuracy
        covered += found.low <= 0.04 <= found.high
    assert 0.93 <= covered / 500 <= 0.97


def test_the_smallest_difference_is_shown_in_about_80_of_100_test_sets() -> None:
    rng = np.random.default_rng(2)
    labels = np.zeros(400, int)
    first = compare(labels, *([model] for model in draw(rng, 400, 0.8, 0.88)))
    smallest = first.minimum_detectable_effect
    shown = [
        compare(labels, *([m] for m in draw(rng, 400, 0.8, 0.8 + smallest))).conclusion == BETTER
        for _ in range(100)
    ]
    assert 0.68 <= np.mean(shown) <= 0.92


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_that_of_statsmodels(only_first: int, only_second: int) -> None:
    table = [[10, only_first], [only_second, 10]]
    expected = reference(table, exact=True).pvalue if only_first + only_second else 1.0
    assert significance.mcnemar(only_first, only_second) == pytest.approx(expected, abs=1e-12)


def test_the_interval_student_interval_is_students() -> None:
    found = significance.student_interval(np.array([0.01, 0.02, 0.03]))
    assert found
    assert found.estimate == pytest.approx(0.02)
    # 0.02 ± 4.3027 · 0.01 / √3
    assert (found.low, found.high) == pytest.approx((-0.004841, 0.044841), abs=1e-5)
    assert significance.student_interval(np.array([0.01])) is None


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

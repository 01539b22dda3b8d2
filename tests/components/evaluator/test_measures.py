"""Confusion, calibration and the pictures that changed most, on predictions known by heart."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluator.measures import calibration, confusion, most_changed, precision_recall

LABELS = np.array([0, 0, 1, 1, 2])
PROBABILITIES = np.array(
    [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.9, 0.0], [0.2, 0.8, 0.0], [0.5, 0.3, 0.2]]
)


def test_rows_of_the_confusion_matrix_are_the_true_classes() -> None:
    assert confusion(LABELS, PROBABILITIES).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]


def test_precision_and_recall_are_those_of_the_matrix() -> None:
    precision, recall = precision_recall(confusion(LABELS, PROBABILITIES))
    np.testing.assert_allclose(precision, [1 / 2, 2 / 3, np.nan])
    np.testing.assert_allclose(recall, [1 / 2, 1, 0])


def test_a_model_as_sure_as_it_is_right_has_no_calibration_error() -> None:
    of_zero = np.full(1000, 0.7)
    labels = (np.arange(1000) >= 700).astype(int)
    found = calibration(labels, np.stack([of_zero, 1 - of_zero], axis=1))
    assert found.error == pytest.approx(0, abs=1e-9)
    assert found.pictures == [1000]


def test_a_model_surer_than_right_is_found_out() -> None:
    of_zero = np.full(1000, 0.95)
    labels = (np.arange(1000) >= 700).astype(int)
    found = calibration(labels, np.stack([of_zero, 1 - of_zero], axis=1))
    assert found.error == pytest.approx(0.25)
    assert (found.confidence, found.accuracy) == (pytest.approx([0.95]), pytest.approx([0.7]))


def test_pictures_are_ordered_by_what_their_true_class_gained() -> None:
    labels = np.zeros(4, int)
    baseline = np.array([[0.5, 0.5], [0.1, 0.9], [0.9, 0.1], [0.5, 0.5]])
    candidate = np.array([[0.6, 0.4], [0.8, 0.2], [0.2, 0.8], [0.5, 0.5]])
    assert most_changed(labels, baseline, candidate, 3) == ([1, 0], [2])
    assert most_changed(labels, baseline, candidate, 1) == ([1], [2])

"""What one model's predictions on the test pictures tell of it. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BINS = 15


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """How many pictures of each class were taken for which: int [classes, classes].

    Args:
      labels: int [pictures].
      probabilities: float [pictures, classes].

    Returns:
      Rows are the true classes, columns the predicted ones.
    """
    classes = probabilities.shape[1]
    pairs = labels * classes + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def shares_of_class(matrix: np.ndarray) -> np.ndarray:
    """A confusion matrix as shares of each true class, float [classes, classes], 0 … 1.

    A class without pictures has a row of zeros.
    """
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)


def precision_recall(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall of each class, float [classes], of a confusion matrix.

    NaN where no picture was taken for the class, or none is of it.
    """
    right = np.diag(matrix).astype(float)
    with np.errstate(invalid="ignore"):
        return right / matrix.sum(axis=0), right / matrix.sum(axis=1)


@dataclass(frozen=True)
class Calibration:
    """How far a model's confidence can be taken at its word.

    Attributes:
      error: expected calibration error, 0 … 1: the mean distance of confidence and accuracy.
      confidence: mean confidence of the pictures in each of 15 bins that are not empty.
      accuracy: their accuracy.
      pictures: their number.
    """

    error: float
    confidence: list[float]
    accuracy: list[float]
    pictures: list[int]


def calibration(labels: np.ndarray, probabilities: np.ndarray) -> Calibration:
    """Calibration in 15 bins of equal width (Guo et al., https://arxiv.org/abs/1706.04599).

    Args:
      labels: int [pictures].
      probabilities: float [pictures, classes].
    """
    sure, right, bins = _by_confidence(labels, probabilities)
    counts = np.bincount(bins, minlength=_BINS)
    used = counts > 0
    confidence = np.bincount(bins, sure, _BINS)[used] / counts[used]
    accuracy = np.bincount(bins, right, _BINS)[used] / counts[used]
    error = float((counts[used] * np.abs(confidence - accuracy)).sum() / len(labels))
    return Calibration(
        error, confidence.tolist(), accuracy.tolist(), [int(count) for count in counts[used]]
    )


def calibration_errors(
    labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Expected calibration errors of resampled pictures, float [resamples].

    Args:
      labels: int [pictures].
      probabilities: float [pictures, classes].
      weights: how often each picture was drawn, int [resamples, pictures].
    """
    sure, right, bins = _by_confidence(labels, probabilities)
    distance = np.zeros((len(labels), _BINS))
    distance[np.arange(len(labels)), bins] = sure - right
    return np.abs(weights @ distance).sum(axis=1) / len(labels)


def _by_confidence(
    labels: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each picture: confidence, whether it is right, and the bin."""
    sure = probabilities.max(axis=1).astype(float)
    right = probabilities.argmax(axis=1) == labels
    return sure, right, np.clip(np.ceil(sure * _BINS).astype(int) - 1, 0, _BINS - 1)


def most_changed(
    labels: np.ndarray, baseline: np.ndarray, candidate: np.ndarray, count: int
) -> tuple[list[int], list[int]]:
    """The pictures whose true class gained, and lost, most probability by the candidate.

    Args:
      labels: int [pictures].
      baseline: probabilities, float [pictures, classes].
      candidate: likewise.
      count: at most so many in each direction.

    Returns:
      Indices of the pictures, the greatest change first; only such as changed that way.
    """
    rows = np.arange(len(labels))
    change = candidate[rows, labels].astype(float) - baseline[rows, labels]
    order = np.argsort(-change, kind="stable")
    gained = [int(index) for index in order[:count] if change[index] > 0]
    lost = [int(index) for index in order[::-1][:count] if change[index] < 0]
    return gained, lost

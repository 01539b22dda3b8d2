"""Did a model learn? Asked of every trained model before any two are compared. Pure arithmetic.

Three checks, each with a limit that is the same for every experiment:

- *learned*: its test accuracy is shown to be above the share of the test pictures' most frequent
  class: the lower end of Wilson's interval (Wilson, Journal of the American Statistical Association
  22, 1927; recommended by Brown, Cai and DasGupta, Statistical Science 16, 2001) exceeds it.
  One-sided, 95 %, since only "above" is asked. The share itself is known, not drawn.
- *settled*: with BatchNormalization's moving averages it is not more than `MARGIN` worse on
  training pictures than with the batches' statistics; "more" where the lower end of the paired
  difference's interval (one-sided, 95 %, normal approximation) exceeds `MARGIN`.
- *finished*: its accuracy on split eval does not rise any more. It still rises where the line
  through its last epochs (see `_finished`) rises by more than `RISE`, and by more than its noise
  (one-sided, 95 %), and its best epoch is among them; unless it knows its training pictures by
  then, of which more epochs have nothing more to teach (`KNOWN`).

`MARGIN` is two points: twice what the built-in experiments are about. `RISE` is three: a training
whose learning rate falls to zero gains up to two points over its last third because it ends there,
and not because more epochs would bring more. (Measured: 0.6 and 1.9 points in `mlp-batchnorm`.) A
curve that goes with the logarithm of the epochs gains, when these are doubled, 1.7 times what it
gained over its last third.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.learning_record import LearningRecord, Normalization

#: The checks, those first that explain the others.
SETTLED, LEARNED, FINISHED = "settled", "learned", "finished"
CHECKS = (SETTLED, LEARNED, FINISHED)

#: Shares of pictures: what unsettled averages may cost, and what a finished curve may still rise.
MARGIN, RISE = 0.02, 0.03
#: Who takes so many of its training pictures right, as it is served, knows them.
KNOWN = 0.99

# 95 % of a normal distribution lie below so many standard deviations.
_Z = 1.6448536269514722
# Moving averages have settled when so much of where they started is left.
_LEFT = 0.01
# Epochs that a rise is measured over: the last third, and at least so many.
_LEAST = 3


@dataclass(frozen=True)
class Learning:
    """What the checks measured of one trained model. Accuracies are shares, 0 … 1.

    Attributes:
      role: of the arm.
      record: of its training.
      accuracy: on split test.
      accuracy_low: what it exceeds, 95 %, one-sided.
      majority_class: index of the most frequent class of split test.
      majority_share: its share of split test.
      only_answer: index of the class that the model gives for every test picture, or None.
      settled_gap: accuracy on training pictures by the batches' statistics minus by the moving
        averages; None without BatchNormalization.
      settled_low: what that exceeds.
      needed_steps: after which 1 % of where the averages started is left.
      rise: of the eval accuracy over its last epochs, by the straight line through them; None
        after a single epoch.
      rise_low: what that exceeds.
      rise_epochs: how many epochs the line is through.
    """

    role: str
    record: LearningRecord
    accuracy: float
    accuracy_low: float
    majority_class: int
    majority_share: float
    only_answer: int | None
    settled_gap: float | None
    settled_low: float | None
    needed_steps: int | None
    rise: float | None
    rise_low: float | None
    rise_epochs: int

    @property
    def knows_its_pictures(self) -> bool:
        """Whether the training pictures have nothing more to teach it."""
        return self.record.train_accuracy >= KNOWN


def examine(
    role: str, record: LearningRecord, labels: np.ndarray, probabilities: np.ndarray
) -> Learning:
    """Measures one trained model.

    Args:
      role: of the arm.
      record: of its training.
      labels: of split test, int [pictures].
      probabilities: what the model says of them, float [pictures, classes].
    """
    answers = probabilities.argmax(axis=1)
    right, counts = answers == labels, np.bincount(labels)
    gap, gap_low, needed = _settled(record.normalization)
    rise, rise_low, rise_epochs = _finished(record.eval_accuracy, record.eval_pictures)
    return Learning(
        role=role,
        record=record,
        accuracy=float(right.mean()),
        accuracy_low=wilson_low(int(right.sum()), len(labels)),
        majority_class=int(counts.argmax()),
        majority_share=float(counts.max() / len(labels)),
        only_answer=int(answers[0]) if (answers == answers[0]).all() else None,
        settled_gap=gap,
        settled_low=gap_low,
        needed_steps=needed,
        rise=rise,
        rise_low=rise_low,
        rise_epochs=rise_epochs,
    )


def wilson_low(right: int, pictures: int) -> float:
    """The lower end of Wilson's one-sided 95 % interval of a share."""
    share, z2 = right / pictures, _Z**2
    middle = share + z2 / (2 * pictures)
    reach = _Z * math.sqrt(share * (1 - share) / pictures + z2 / (4 * pictures**2))
    return (middle - reach) / (1 + z2 / pictures)


def steps_to_settle(momentum: float) -> int:
    """After how many steps 1 % of where moving averages started is left.

    They move by `average ← momentum · average + (1 − momentum) · batch`, so after n steps
    momentumⁿ is left (Ioffe and Szegedy, https://arxiv.org/abs/1502.03167): 459 steps for 0.99.
    """
    return math.ceil(math.log(_LEFT) / math.log(momentum)) if momentum else 1


def _settled(
    measured: Normalization | None,
) -> tuple[float, float, int] | tuple[None, None, None]:
    """The gap, what it exceeds, and the steps that averages need."""
    if measured is None:
        return None, None, None
    count = measured.pictures
    gain, loss = measured.only_batches_right / count, measured.only_averages_right / count
    gap = gain - loss
    low = gap - _Z * math.sqrt(max(gain + loss - gap**2, 0.0) / count)
    return gap, low, steps_to_settle(measured.momentum)


def _finished(accuracies: Sequence[float], pictures: int) -> tuple[float | None, float | None, int]:
    """Whether a curve still rises at its end: the rise, what it exceeds, and over how many epochs.

    A straight line by least squares through the last third of the epochs, and at least three,
    says the rise. The noise of one epoch's accuracy is the larger of two: the binomial error on
    so many pictures, and the curve's own fluctuation, by its second differences, which a straight
    rise does not change (variance 6 σ²; after von Neumann, Annals of Mathematical Statistics 12,
    1941). What a curve can rise at most is what its best epoch leaves to 1.
    """
    count = len(accuracies)
    if count < 2:
        return None, None, count
    last = np.asarray(accuracies[-max(_LEAST, math.ceil(count / 3)) :], float)
    mean = float(last.mean())
    variance = mean * (1 - mean) / pictures
    if len(last) > 2:
        variance = max(variance, float((np.diff(last, 2) ** 2).mean()) / 6)
    epochs = np.arange(len(last)) - (len(last) - 1) / 2
    spread = float((epochs**2).sum())
    reach = len(last) - 1
    by_line = reach * float((epochs * last).sum()) / spread
    rise = min(by_line, 1 - float(max(accuracies)))
    low = min(rise, by_line - _Z * reach * math.sqrt(variance / spread))
    return rise, low, len(last)


def failing(model: Learning) -> list[str]:
    """The checks that a model fails, of `CHECKS`."""
    failed = {
        SETTLED: model.settled_low is not None and model.settled_low > MARGIN,
        LEARNED: not model.accuracy_low > model.majority_share,
        FINISHED: _still_rises(model),
    }
    return [check for check in CHECKS if failed[check]]


def _still_rises(model: Learning) -> bool:
    if model.rise is None or model.rise_low is None:  # after one epoch nobody knows
        return True
    best_is_late = model.record.best_epoch > model.record.epochs - model.rise_epochs
    rises = model.rise > RISE and model.rise_low > 0
    return best_is_late and rises and not model.knows_its_pictures


def worst(models: Sequence[Learning], role: str, check: str) -> Learning:
    """The model of an arm that comes off worst in a check."""
    return max((m for m in models if m.role == role), key=lambda m: _badness(m, check))


def _badness(model: Learning, check: str) -> tuple[bool, float]:
    figure = {
        SETTLED: model.settled_low,
        LEARNED: model.majority_share - model.accuracy_low,
        FINISHED: model.rise_low if model.rise is not None else math.inf,
    }[check]
    return check in failing(model), -math.inf if figure is None else figure

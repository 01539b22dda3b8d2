"""Did a model learn? Situations whose answer is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from components.evaluator.learned import (
    FINISHED,
    LEARNED,
    SETTLED,
    Learning,
    examine,
    failing,
    steps_to_settle,
    wilson_low,
)
from components.evaluator.problems import problems, settings_to_change
from components.learning_record import LearningRecord
from tests.components.evaluator.trainings import a_record, normalized

CLASSES = ["cat", "dog", "hen"]


def learning(
    record: LearningRecord | None = None,
    *,
    role: str = "candidate",
    right: int = 900,
    shares: Sequence[float] = (0.4, 0.3, 0.3),
) -> Learning:
    """A model that gets the last `right` of 1,000 pictures right, the classes one by one."""
    labels = np.repeat(np.arange(3), [round(1000 * share) for share in shares])
    answers = np.where(np.arange(1000) >= 1000 - right, labels, (labels + 1) % 3)
    return examine(role, record or a_record(), labels, np.eye(3)[answers])


def always(answer: int, shares: Sequence[float] = (0.4, 0.3, 0.3)) -> Learning:
    """A model that says the same class of every picture."""
    labels = np.repeat(np.arange(3), [round(1000 * share) for share in shares])
    record = a_record(train_accuracy=0.4)
    return examine("baseline", record, labels, np.eye(3)[np.full(1000, answer)])


def test_a_model_that_learned_passes_every_check() -> None:
    assert failing(learning()) == []
    assert problems([learning(role="baseline"), learning()], CLASSES) == []


@pytest.mark.parametrize(("right", "pictures"), [(0, 10), (60, 100), (9_990, 10_000), (7, 7)])
def test_wilsons_interval_is_that_of_scipy(right: int, pictures: int) -> None:
    two_sided = stats.binomtest(right, pictures).proportion_ci(0.9, method="wilson")
    assert wilson_low(right, pictures) == pytest.approx(two_sided.low, abs=1e-12)


@pytest.mark.parametrize(
    ("right", "shares", "passes"),
    [
        (450, (0.4, 0.3, 0.3), True),
        (410, (0.4, 0.3, 0.3), False),  # above the share, but by chance
        (390, (0.4, 0.3, 0.3), False),
        (950, (0.95, 0.05, 0.0), False),
        (970, (0.95, 0.05, 0.0), True),
    ],
)
def test_accuracy_is_held_against_the_most_frequent_class(
    right: int, shares: Sequence[float], passes: bool
) -> None:
    assert (LEARNED not in failing(learning(right=right, shares=shares))) == passes


def test_a_model_that_always_says_the_same_is_named_with_its_class() -> None:
    [problem] = problems([always(1)], CLASSES)
    assert problem.text == "says 'dog' of every test picture"
    assert [always(answer).only_answer for answer in (0, 1, 2)] == [0, 1, 2]
    assert learning().only_answer is None


def test_a_test_set_of_one_class_shows_nothing() -> None:
    [problem] = problems([learning(right=1000, shares=(1, 0, 0))], CLASSES)
    assert "all test pictures are of class 'cat'" in problem.text


def test_short_trainings_need_epochs_and_long_ones_another_learning_rate() -> None:
    def change(**changes: float) -> str:
        record = a_record(train_accuracy=0.4, **changes)
        return settings_to_change(problems([learning(record, right=400)], CLASSES))

    assert change(steps_per_epoch=10) == "--set candidate.epochs=40"
    assert change(steps_per_epoch=500) == "--set candidate.optimizer.learning_rate=0.0001"


def test_a_model_that_knows_its_training_pictures_only_needs_more_of_them() -> None:
    found = problems([learning(right=400)], CLASSES)
    assert "it knows its training pictures (0.9500), and no others" in found[0].text
    assert settings_to_change(found) == "more training pictures"


def test_moving_averages_of_momentum_099_need_459_steps() -> None:
    assert steps_to_settle(0.99) == 459
    assert steps_to_settle(0.9) == 44
    assert steps_to_settle(0.0) == 1


@pytest.mark.parametrize(
    ("averages", "batches", "both", "passes"),
    [
        (730, 900, 720, False),
        (900, 900, 890, True),
        (920, 900, 890, True),  # better by the averages
        (890, 905, 880, True),  # 1.5 points
        (890, 915, 840, True),  # 2.5 points, which may be chance
        (880, 925, 879, False),
    ],
)
def test_averages_may_cost_two_points_beyond_chance(
    averages: int, batches: int, both: int, passes: bool
) -> None:
    record = a_record(normalization=normalized(averages=averages, batches=batches, both=both))
    assert (SETTLED not in failing(learning(record))) == passes


def test_unsettled_averages_are_named_with_the_steps_that_they_need() -> None:
    unsettled = normalized(averages=730, batches=900, both=720)
    short = a_record(normalization=unsettled, steps_per_epoch=15, eval_accuracy=[0.8] * 3)
    [problem] = problems([learning(short)], CLASSES)
    assert "0.9000 with each batch's statistics and 0.7300 with the moving averages" in problem.text
    assert "not settled after 15 steps; they need about 459 (31 epochs)" in problem.text
    assert settings_to_change([problem]) == "--set candidate.epochs=31"
    continued = dataclasses.replace(short, steps_before=300)
    [problem] = problems([learning(continued)], CLASSES)
    assert "not settled after 315 steps; they need about 459 (11 epochs)" in problem.text
    long = a_record(normalization=unsettled, steps_per_epoch=400)
    [problem] = problems([learning(long)], CLASSES)
    assert "its weights move on faster than they follow" in problem.text
    assert settings_to_change([problem]) == "--set candidate.optimizer.learning_rate=0.0001"


#: On split eval, of real runs: (pictures of split eval, accuracies).
MLP = (6000, [0.869, 0.879, 0.871, 0.886, 0.892, 0.892, 0.903, 0.907, 0.906, 0.91])
BN_MLP = (6000, [0.848, 0.88, 0.872, 0.888, 0.87, 0.886, 0.89, 0.903, 0.904, 0.91])
CNN = (130, [0.515, 0.531, 0.577, 0.546, 0.554, 0.577, 0.538, 0.546, 0.585, 0.561, 0.477, 0.538])


@pytest.mark.parametrize(
    ("curve", "passes"),
    [
        (MLP, True),
        (BN_MLP, True),
        (CNN, True),
        ((200, [0.6]), False),  # nobody knows
        ((200, [0.25, 0.39]), False),
        ((200, [0.62, 0.64]), True),  # within the noise of 200 pictures
        ((200, [0.60, 0.66, 0.72]), False),
        ((200, [0.26, 0.50, 0.53]), False),
        ((6000, [0.80, 0.84, 0.86]), False),
        ((6000, [0.86, 0.865, 0.87]), True),
        ((200, [0.60, 0.72, 0.70]), True),  # noise may be the reason
        ((6000, [0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 0.98]), True),  # nothing left to rise to
        ((1000, [0.9, 0.91, 0.92, 0.8, 0.82, 0.86]), True),  # what is kept is from before
        ((200, list(np.linspace(0.4, 0.8, 24))), False),
    ],
)
def test_a_curve_that_rises_at_its_end_is_not_finished(
    curve: tuple[int, list[float]], passes: bool
) -> None:
    pictures, accuracies = curve
    record = a_record(eval_pictures=pictures, eval_accuracy=accuracies)
    assert (FINISHED not in failing(learning(record))) == passes


@pytest.mark.parametrize(("known", "passes"), [(0.985, False), (0.99, True), (1.0, True)])
def test_who_knows_its_training_pictures_has_finished(known: float, passes: bool) -> None:
    record = a_record(
        eval_pictures=270, eval_accuracy=list(np.linspace(0.6, 0.75, 30)), train_accuracy=known
    )
    assert (FINISHED not in failing(learning(record))) == passes


@pytest.mark.parametrize(("epochs", "pictures", "accuracy"), [(60, 93, 0.6), (10, 200, 0.8)])
def test_a_curve_of_mere_noise_is_seldom_called_rising(
    epochs: int, pictures: int, accuracy: float
) -> None:
    rng = np.random.default_rng(0)
    curves = rng.binomial(pictures, accuracy, (1000, epochs)) / pictures
    alarms = [
        FINISHED in failing(learning(a_record(eval_pictures=pictures, eval_accuracy=list(curve))))
        for curve in curves
    ]
    assert np.mean(alarms) < 0.05


def test_an_unfinished_training_is_to_be_twice_as_long() -> None:
    rising = a_record(eval_accuracy=[0.5, 0.6, 0.7])
    [problem] = problems([learning(rising)], CLASSES)
    assert "over its last 3 epochs" in problem.text
    assert "still rose by 20.0 points" in problem.text
    assert settings_to_change([problem]) == "--set candidate.epochs=6"
    [problem] = problems([learning(a_record(eval_accuracy=[0.5]))], CLASSES)
    assert settings_to_change([problem]) == "--set candidate.epochs=3"


def test_what_explains_the_rest_comes_first_and_the_larger_number_of_epochs_counts() -> None:
    unsettled = a_record(
        normalization=normalized(averages=730, batches=900, both=720),
        steps_per_epoch=15,
        eval_accuracy=[0.3, 0.4, 0.6],
    )
    rising = a_record(eval_accuracy=[0.5, 0.6, 0.7])
    found = problems([learning(rising, role="baseline"), learning(unsettled)], CLASSES)
    assert [(problem.check, problem.role) for problem in found] == [
        ("settled", "candidate"),
        ("finished", "baseline"),
        ("finished", "candidate"),
    ]
    assert settings_to_change(found) == "--set candidate.epochs=31 --set baseline.epochs=6"


def test_of_several_seeds_the_worst_is_named() -> None:
    models = [
        learning(a_record(seed=seed, eval_accuracy=curve))
        for seed, curve in ((7, [0.6, 0.65, 0.7]), (8, [0.4, 0.55, 0.7]), (9, [0.7, 0.7, 0.7]))
    ]
    [problem] = problems(models, CLASSES)
    assert (problem.seed, problem.seeds) == (8, 2)

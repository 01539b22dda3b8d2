from __future__ import annotations

import pytest

from pipeline.cli.time_left import Training, about, between, training_left


def training(role: str, state: str, done: int = 0, seconds: float = 2.0) -> Training:
    """A training of 10 epochs; its first one takes ten times as long as the others."""
    times = [10 * seconds, *[seconds] * (done - 1)] if done else []
    return Training(role, state, done, 10 if done else 0, times, last=100.0)


def test_epochs_that_are_left_take_as_long_as_those_before_but_for_the_first() -> None:
    assert training_left([training("baseline", "running", 4)], now=100.0) == pytest.approx(12.0)
    assert training_left([training("baseline", "running", 4)], now=101.0) == pytest.approx(11.0)


def test_a_training_that_waits_takes_as_long_as_another_of_its_arm() -> None:
    one_at_a_time = [
        training("baseline", "done", 10),
        training("candidate", "running", 5, seconds=4.0),
        training("baseline", "waiting"),
    ]
    assert training_left(one_at_a_time, now=100.0) == pytest.approx(5 * 4.0 + 10 * 2.0)


def test_two_that_run_side_by_side_take_as_long_as_the_longer_one() -> None:
    both = [training("baseline", "running", 5), training("candidate", "running", 5, seconds=4.0)]
    assert training_left(both, now=100.0) == pytest.approx(20.0)
    waiting = [*both, training("candidate", "waiting")]
    assert training_left(waiting, now=100.0) == pytest.approx(40.0)


@pytest.mark.parametrize(
    "trainings",
    [
        [],
        [training("baseline", "waiting")],
        [training("baseline", "running")],
        [training("baseline", "running", 1)],
        [training("baseline", "running", 5), training("candidate", "waiting")],
        [training("baseline", "done", 10), training("candidate", "cached")],
    ],
)
def test_what_is_not_known_is_not_said(trainings: list[Training]) -> None:
    assert training_left(trainings, now=100.0) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "about 10 s"),
        (41.0, "about 50 s"),
        (58.0, "about 1 min"),
        (200.0, "about 3 min"),
        (3540.0, "about 59 min"),
        (4900.0, "about 1 h 20 min"),
        (7100.0, "about 2 h 0 min"),
    ],
)
def test_an_estimate_has_few_digits(seconds: float, said: str) -> None:
    assert about(seconds) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (60.0, 70.0, "about 1 min"),
        (20.0, 50.0, "about 20 to 50 s"),
        (40.0, 200.0, "about 40 s to 3 min"),
        (180.0, 2400.0, "about 3 to 40 min"),
        (720.0, 4900.0, "about 12 min to 1 h 20 min"),
        (4900.0, 19000.0, "about 1 h 20 min to 5 h 20 min"),
    ],
)
def test_an_estimate_may_be_a_span(low: float, high: float, said: str) -> None:
    assert between(low, high) == said

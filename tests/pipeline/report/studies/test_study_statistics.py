"""Where a curve crosses zero and what a part adds, against answers that are known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.study_crossing import covered, simulate
from components.evaluator.intervals import holm, mean_interval
from pipeline.report.studies.statistics import crossings, effects, equivalence_p

SEEDS, PICTURES = 3, 400
PLACES = [-1.0, -0.5, 0.5, 1.0]


def made(seed: int, gain: float, places: list[float] = PLACES) -> list[np.ndarray]:
    """Differences of two models on the same pictures, at places: gain · place in truth."""
    random = np.random.default_rng(seed)
    return simulate(np.array(places), gain, SEEDS, PICTURES, random)


def test_the_place_is_where_the_estimates_cross_and_its_interval_holds_it() -> None:
    [crossing] = crossings(PLACES, made(1, 0.1))
    assert crossing.upwards
    assert crossing.low is not None
    assert crossing.high is not None
    assert crossing.low < crossing.place < crossing.high
    assert crossing.low < 0 < crossing.high


def test_the_interval_ends_where_zero_is_refused() -> None:
    differences = made(2, 0.1)
    [crossing] = crossings(PLACES, differences)
    for end in (crossing.low, crossing.high):
        assert end is not None
        right = int(np.searchsorted(PLACES, end))
        share = (end - PLACES[right - 1]) / (PLACES[right] - PLACES[right - 1])
        between = (1 - share) * differences[right - 1] + share * differences[right]
        assert mean_interval(between).p == pytest.approx(0.05, abs=1e-3)


def test_a_place_that_may_lie_beyond_the_points_has_no_end_there() -> None:
    hardly_behind, ahead = np.zeros((1, 100)), np.zeros((1, 100))
    hardly_behind[0, :5], ahead[0, :40] = [1, 1, -1, -1, -1], 1
    [crossing] = crossings([0.0, 1.0], [hardly_behind, ahead])
    assert crossing.low is None
    assert crossing.high is not None


@pytest.mark.parametrize("places", [[0.5, 1.0, 2.0], [-2.0, -1.0, -0.5]])
def test_a_curve_that_does_not_cross_has_no_place(places: list[float]) -> None:
    assert crossings(places, made(3, 0.1, places)) == []


def test_down_again_is_a_second_place() -> None:
    up = made(4, 0.2)
    found = crossings([1.0, 2.0, 3.0, 4.0], [up[0], up[3], up[3], up[0]])
    assert [crossing.upwards for crossing in found] == [True, False]


def test_the_interval_of_the_place_holds_the_true_one_in_19_of_20_cases() -> None:
    # The long form, over several kinds of study, is benchmarks/study_crossing.py.
    named, holding = covered(4, SEEDS, PICTURES, 0.05, 40)
    assert named >= 38
    assert holding / named >= 0.85


def test_effects_of_a_2_by_2_are_the_textbooks() -> None:
    cells = {(): [1, 0, 0, 0], ("a",): [1, 1, 0, 0], ("b",): [1, 0, 1, 0], ("a", "b"): [1, 1, 1, 1]}
    right = {frozenset(parts): np.array([row], float) for parts, row in cells.items()}
    found = {tuple(e.parts): e.difference.estimate for e in effects(["a", "b"], right, None)}
    # a: (0.5 − 0.25 + 1 − 0.5) / 2; together: (1 − 0.5 − (0.5 − 0.25)) / 2
    assert found == {
        ("a",): pytest.approx(0.375),
        ("b",): pytest.approx(0.375),
        ("a", "b"): pytest.approx(0.125),
    }


def test_a_part_that_helps_stands_and_one_that_does_nothing_does_not() -> None:
    random = np.random.default_rng(6)
    threshold = random.normal(size=(SEEDS, 2000)) + random.normal(size=2000)
    right = {
        frozenset(parts): (
            threshold + 0.3 * ("good" in parts) + 0.1 * random.normal(size=(SEEDS, 2000)) > 0
        ).astype(float)
        for parts in [(), ("good",), ("idle",), ("good", "idle")]
    }
    found = {tuple(e.parts): e.stands for e in effects(["good", "idle"], right, None)}
    assert found == {("good",): True, ("idle",): False, ("good", "idle"): False}


def test_holm_refuses_less_than_each_alone_would() -> None:
    assert holm([0.03, 0.04, 0.001]) == [False, False, True]
    assert holm([0.03, 0.02, 0.001]) == [True, True, True]
    assert holm([]) == []


def test_equivalence_is_shown_exactly_where_the_interval_lies_within() -> None:
    for difference in made(7, 0.05, [0.0, 0.2, 0.4, 1.0]):
        interval = mean_interval(difference)
        for bound in (0.02, 0.05, 0.1):
            p = equivalence_p(difference, bound, None)
            assert (p < 0.05) == interval.lies_within(bound)

"""The interval for pictures and seeds: cases that a hand can check, and its coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from benchmarks import coverage
from components.evaluator.intervals import mean_interval, seeds_interval, smallest_shown

#: What accuracy can differ by: by seed and picture.
DIFFERENCES = arrays.arrays(
    float,
    st.tuples(st.integers(1, 4), st.integers(2, 30)),
    elements=st.sampled_from([-1.0, 0.0, 0.0, 1.0]),
)


def test_one_seed_is_a_paired_comparison_with_two_pictures_added() -> None:
    # 60 pictures for the candidate, 40 for the baseline, 900 tied.
    found = mean_interval(np.repeat([1.0, -1.0, 0.0], [60, 40, 900])[None])
    error = math.sqrt((100 + 2) / 1000 / 1000)
    assert found.estimate == pytest.approx(0.02)
    assert found.low == pytest.approx(0.02 - 1.96 * error, abs=2e-4)
    assert found.high == pytest.approx(0.02 + 1.96 * error, abs=2e-4)
    assert found.p == pytest.approx(2 * stats.norm.sf(0.02 / error), abs=2e-3)


def test_where_only_seeds_matter_it_is_students() -> None:
    # Each seed differs from the others by the same on every one of very many pictures.
    by_seed = np.array([0.1, 0.2, 0.3])
    found = mean_interval(np.repeat(by_seed[:, None], 10**6, axis=1))
    students = seeds_interval(by_seed)
    assert students
    # 0.2 ± 4.3027 · 0.1 / √3
    assert (students.low, students.high) == pytest.approx((-0.04841, 0.44841), abs=1e-5)
    assert (found.low, found.high) == pytest.approx((students.low, students.high), abs=1e-3)
    assert students.p == pytest.approx(stats.ttest_1samp(by_seed, 0).pvalue)
    assert found.p == pytest.approx(students.p, abs=1e-3)


def test_where_all_seeds_agree_they_count_as_one() -> None:
    one = np.repeat([1.0, -1.0, 0.0], [60, 40, 900])[None]
    single, several = mean_interval(one), mean_interval(np.repeat(one, 5, axis=0))
    assert (several.low, several.high) == pytest.approx((single.low, single.high), abs=1e-4)


def test_seeds_that_contradict_each_other_widen_it() -> None:
    rng = np.random.default_rng(0)
    chance = rng.normal(0, 0.3, (3, 1000))
    steady, torn = chance + 0.05, chance + np.array([0.15, 0.10, -0.10])[:, None]
    assert mean_interval(steady).low > 0
    assert mean_interval(torn).low < 0


@pytest.mark.parametrize("seeds", [1, 2, 5])
@pytest.mark.parametrize("pictures", [2, 200, 10_000])
def test_models_that_tie_on_every_picture_still_have_an_interval(seeds: int, pictures: int) -> None:
    found = mean_interval(np.zeros((seeds, pictures)))
    assert (found.estimate, found.p) == (0, 1)
    assert found.high == -found.low
    assert found.high > 2.7 / pictures


def test_a_rare_class_that_ties_is_not_taken_for_sure() -> None:
    # 10 of 200 pictures carry half of the weight, and all of them tie.
    weights = np.repeat([1 / 380, 1 / 20], [190, 10])
    differences = np.zeros((1, 200))
    differences[0, :4] = [1, -1, 1, -1]
    assert mean_interval(differences, weights).high > 0.1 > mean_interval(differences).high


def test_equal_weights_change_nothing() -> None:
    differences = np.random.default_rng(1).normal(size=(3, 50))
    weighted = mean_interval(differences, np.full(50, 1 / 50))
    assert weighted == mean_interval(differences)


@given(DIFFERENCES)
def test_the_arms_swapped_mirror_it(differences: np.ndarray) -> None:
    found, swapped = mean_interval(differences), mean_interval(-differences)
    expected = (-found.estimate, -found.high, -found.low, found.p)
    measured = (swapped.estimate, swapped.low, swapped.high, swapped.p)
    assert measured == pytest.approx(expected, abs=1e-9)


@given(DIFFERENCES, st.randoms(use_true_random=False))
def test_the_order_of_pictures_and_seeds_changes_nothing(differences: np.ndarray, luck) -> None:  # type: ignore[no-untyped-def]
    seeds, pictures = (luck.sample(range(count), count) for count in differences.shape)
    found, shuffled = mean_interval(differences), mean_interval(differences[seeds][:, pictures])
    assert (shuffled.low, shuffled.high) == pytest.approx((found.low, found.high), abs=1e-9)


@given(DIFFERENCES)
def test_the_p_value_says_what_the_interval_says(differences: np.ndarray) -> None:
    found = mean_interval(differences)
    assert found.low <= found.estimate <= found.high
    assert found.leaves_out_zero == (found.p < 0.05)


@given(arrays.arrays(float, (3, 20), elements=st.floats(-5, 5, width=16)), st.floats(-3, 3))
def test_losses_shifted_shift_it(differences: np.ndarray, shift: float) -> None:
    found, shifted = mean_interval(differences), mean_interval(differences + shift)
    assert shifted.low - shift == pytest.approx(found.low, rel=1e-6, abs=1e-6)
    assert shifted.high - shift == pytest.approx(found.high, rel=1e-6, abs=1e-6)


def test_the_smallest_p_value_is_a_number() -> None:
    assert 0 < mean_interval(np.ones((1, 10_000))).p < 1e-14


@pytest.mark.parametrize("shape", [(0, 10), (1, 1)])
def test_too_little_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="one seed and two pictures"):
        mean_interval(np.zeros(shape))


@pytest.mark.parametrize(
    ("name", "seeds", "pictures"), [("different models", 3, 200), ("alike, seeds differ", 5, 1000)]
)
def test_it_covers_the_truth_in_95_of_100_cases(name: str, seeds: int, pictures: int) -> None:
    drawn = list(coverage.intervals(coverage.SCENARIOS[name], seeds, pictures, 400))
    covered = np.mean([found.low <= truth <= found.high for found, truth in drawn])
    error = math.sqrt(0.95 * 0.05 / 400)
    assert 0.93 - 2 * error <= covered <= 0.97 + 2 * error


@pytest.mark.parametrize(("seeds", "pictures"), [(1, 400), (5, 1000)])
def test_the_smallest_difference_is_shown_in_about_80_of_100_cases(
    seeds: int, pictures: int
) -> None:
    def drawn(gain: float) -> np.ndarray:
        # With a half of the answers shared and no effect of the seeds.
        scenario = coverage.Scenario(0.8, gain, 0.0, 0.6, 0.1)
        return coverage.simulate(scenario, seeds, pictures, rng)[0]

    rng = np.random.default_rng(2)
    smallest = float(np.mean([smallest_shown(drawn(0.05)) for _ in range(20)]))
    shown = np.mean([mean_interval(drawn(smallest)).low > 0 for _ in range(300)])
    assert 0.72 <= shown <= 0.9

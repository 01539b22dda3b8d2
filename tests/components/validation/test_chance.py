from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.fair_draws import draw, false_alarms, histogram
from components.validation import chance


@pytest.mark.parametrize(("train", "test"), [(40, 10), (200, 50)])
def test_fair_draws_hardly_ever_fail(train: int, test: int) -> None:
    labels, brightness = false_alarms(train, test, draws=200, classes=2)
    # Expected are at most 0.05 each: 3 or more happen in 2 of 100,000 cases.
    assert labels <= 2
    assert brightness <= 2


def test_the_limit_of_labels_is_fishers() -> None:
    limit = chance.label_distance([20, 20], [5, 5])
    beyond = [x for x in range(11) if abs(x / 10 - (25 - x) / 40) > limit + 1e-9]
    assert sum(stats.hypergeom.pmf(beyond, 50, 25, 10)) <= chance.FALSE_ALARMS / 4
    at_limit = [x for x in range(11) if abs(x / 10 - (25 - x) / 40) > limit - 1e-9]
    assert sum(stats.hypergeom.pmf(at_limit, 50, 25, 10)) > chance.FALSE_ALARMS / 4


def test_a_class_that_misses_half_its_pictures_is_beyond_chance() -> None:
    test = [50] + [100] * 9
    assert chance.label_distance([1000] * 10, [100] * 10) < 100 / 1000 - 50 / 950
    assert 100 / 1000 - 50 / sum(test) > chance.label_distance([1000] * 10, test)


@pytest.mark.parametrize("light", [0.7, 1.3])
def test_another_light_is_beyond_chance(light: float) -> None:
    train, test = draw(np.random.default_rng(0), 2000, 400)
    limit = chance.brightness_divergence(histogram(train), histogram(light * test))
    assert chance.divergence(train, light * test) > max(0.1, limit)
    assert chance.divergence(train, test) < limit < 0.1


@pytest.mark.parametrize(("train", "test"), [([5.0, 5.0], [5.0]), ([5.0, 6.0], [7.0])])
def test_a_single_picture_and_pictures_of_one_brightness_have_a_limit(
    train: list[float], test: list[float]
) -> None:
    limit = chance.brightness_divergence(*(histogram(np.array(side)) for side in (train, test)))
    assert 0 <= limit <= 1


def test_only_a_small_split_may_lack_a_class() -> None:
    assert chance.may_lack_a_class(200, 2000, 40, 10)
    assert not chance.may_lack_a_class(200, 2000, 300, 10)


@pytest.mark.parametrize(("pictures", "of_class", "draws"), [(50, 3, 10), (64_000, 6_000, 10_000)])
def test_chances_of_a_draw_are_those_of_scipy(pictures: int, of_class: int, draws: int) -> None:
    drawn = np.arange(0, min(of_class, draws) + 1)[:: max(1, of_class // 20)]  # SciPy takes long
    expected = stats.hypergeom.pmf(drawn, pictures, of_class, draws)
    found = chance._hypergeometric(drawn, pictures, of_class, draws)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)

"""The first sentence of a study says where it pays, and nothing that its points do not carry."""

from __future__ import annotations

import pytest

from components.evaluator.significance import BETTER, EQUIVALENT, NOT_JUDGED, NOT_SHOWN, WORSE
from pipeline.report.studies.answer import answer
from pipeline.report.studies.plots import plots
from pipeline.runs.study_result import FAILED, Crossing, Effect, PointResult
from tests.pipeline.report.studies.made_study import axis, interval, point, study_result

UP, DOWN = Crossing(700.0, 412.0, 988.0, True), Crossing(700.0, 412.0, 988.0, False)


def along(*conclusions: str) -> list[PointResult]:
    return [
        point([value], c) for value, c in zip(("500", "1000", "5000"), conclusions, strict=True)
    ]


@pytest.mark.parametrize(
    ("conclusions", "crossings", "headline"),
    [
        (
            (NOT_SHOWN, BETTER, BETTER),
            [UP],
            "From about 410 to 990 training pictures on (95 %), MLP + BN pays; below, nothing is "
            "shown.",
        ),
        (
            (NOT_SHOWN, BETTER, BETTER),
            [],
            "From 1,000 training pictures on, MLP + BN pays; below, nothing is shown.",
        ),
        (
            (BETTER, NOT_SHOWN, WORSE),
            [DOWN],
            "Up to about 410 to 990 training pictures (95 %), MLP + BN pays; above, nothing is "
            "shown and MLP + BN does harm.",
        ),
        (
            (NOT_JUDGED, BETTER, EQUIVALENT),
            [],
            "At 1,000 training pictures, MLP + BN pays; below, the models cannot be judged; above, "
            "it makes no practical difference.",
        ),
        (
            (BETTER, BETTER, BETTER),
            [],
            "MLP + BN pays at all 3 points, 500 to 5,000 training pictures.",
        ),
        (
            (NOT_SHOWN, NOT_SHOWN, NOT_SHOWN),
            [UP],
            "At none of the 3 points, 500 to 5,000 training pictures, is a difference shown.",
        ),
        (
            (BETTER, NOT_SHOWN, BETTER),
            [],
            "At 500 training pictures MLP + BN pays; at 1,000 training pictures nothing is shown; "
            "at 5,000 training pictures MLP + BN pays.",
        ),
        ((FAILED, NOT_JUDGED, FAILED), [], "None of the 3 points can be judged."),
    ],
)
def test_a_curve_says_where_it_pays(
    conclusions: tuple[str, ...], crossings: list[Crossing], headline: str
) -> None:
    said, _ = answer(study_result(along(*conclusions), crossings=crossings), comparable=True)
    assert said == headline


def test_points_without_a_verdict_are_told_with_their_reason() -> None:
    _, details = answer(study_result(along(FAILED, NOT_JUDGED, BETTER)), comparable=True)
    assert "Failed at training pictures 500: Trainer.candidate: diverged" in details
    assert "Not judged at training pictures 1,000: it has not learned" in details


def test_the_place_is_told_with_what_it_rests_on() -> None:
    open_below = Crossing(700.0, None, 988.0, True)
    _, details = answer(
        study_result(along(NOT_SHOWN, BETTER, BETTER), crossings=[open_below]), comparable=True
    )
    assert any(
        "at about 700 training pictures; that place may lie from below" in d for d in details
    )
    _, details = answer(study_result(along(NOT_SHOWN, BETTER, BETTER)), comparable=False)
    assert any("other test pictures each" in d for d in details)


def test_a_place_that_may_be_anywhere_is_not_named() -> None:
    anywhere = [Crossing(830.0, None, None, False), Crossing(5000.0, None, None, True)]
    _, details = answer(
        study_result(along(NOT_SHOWN, NOT_SHOWN, NOT_SHOWN), crossings=anywhere), comparable=True
    )
    assert not any("830" in d or "gets ahead" in d for d in details)
    assert "The estimates change sign, but these points cannot tell where (95 %)." in details


def test_a_point_that_is_more_than_chance_only_on_its_own_is_named() -> None:
    points = [*along(NOT_SHOWN, NOT_SHOWN, NOT_SHOWN)[:2], point(["5000"], NOT_SHOWN, 0.02)]
    _, details = answer(study_result(points), comparable=True)
    assert [d for d in details if "leaves out zero" in d] == [
        "At training pictures 5,000 the interval of the point on its own leaves out zero (+2.00 "
        "points, +1.00 to +3.00); among 3 points that may be chance."
    ]


@pytest.mark.parametrize(
    ("conclusions", "crossings"),
    [
        ((NOT_SHOWN, NOT_SHOWN, NOT_SHOWN), [Crossing(830.0, 510.0, 3800.0, True)]),
        (
            (NOT_SHOWN, NOT_SHOWN, BETTER),
            [Crossing(place, None, 3800.0, place != 1200.0) for place in (830.0, 1200.0, 2900.0)],
        ),
    ],
)
def test_where_estimates_wander_about_zero_no_place_is_named(
    conclusions: tuple[str, ...], crossings: list[Crossing]
) -> None:
    result = study_result(along(*conclusions), crossings=crossings)
    said, details = answer(result, comparable=True)
    assert "The estimates change sign, but these points cannot tell where (95 %)." in details
    assert not any("gets ahead" in d or "3,800" in d for d in [said, *details])
    _, differences = plots(result)
    _, labels = differences.figure.axes[0].get_legend_handles_labels()
    assert labels == ["±0.5: too little to matter", "95 % interval, each point on its own"]


@pytest.mark.parametrize(
    ("conclusions", "headline"),
    [
        (
            (BETTER, WORSE, BETTER),
            "At optimizer Adam MLP + BN pays; at optimizer SGD MLP + BN does harm; at optimizer "
            "RMSprop MLP + BN pays.",
        ),
        (
            (NOT_SHOWN, NOT_SHOWN, NOT_SHOWN),
            "At none of the 3 points, optimizer Adam, SGD, RMSprop, is a difference shown.",
        ),
    ],
)
def test_values_that_are_no_numbers_are_listed(conclusions: tuple[str, ...], headline: str) -> None:
    optimizers = axis(("Adam", "SGD", "RMSprop"), "optimizer")
    points = [point([v], c) for v, c in zip(optimizers.values, conclusions, strict=True)]
    said, _ = answer(study_result(points, [optimizers]), comparable=True)
    assert said == headline


def test_two_varied_settings_are_counted() -> None:
    axes = [axis(("500", "1000")), axis(("0.1", "0.3"), "dropout")]
    points = [
        point(["500", "0.1"], BETTER, 0.08),
        point(["500", "0.3"], NOT_SHOWN),
        point(["1000", "0.1"], BETTER),
        point(["1000", "0.3"], WORSE),
    ]
    said, _ = answer(study_result(points, axes), comparable=True)
    assert said == (
        "Of 4 points, MLP + BN pays at 2; MLP + BN does harm at 1; nothing is shown at 1. The "
        "largest difference: +8.00 points, +7.00 to +9.00 at training pictures 500, dropout 0.1."
    )


def test_a_design_of_parts_says_which_part_helps() -> None:
    axes = [axis(("false", "true"), "BN"), axis(("0", "0.5"), "Dropout")]
    points = [
        point(["false", "0.5"], NOT_SHOWN, 0.001),
        point(["true", "0"], BETTER, 0.05),
        point(["true", "0.5"], BETTER, 0.04),
    ]
    effects = [
        Effect(["BN"], interval(0.05), True),
        Effect(["Dropout"], interval(0.001), False),
        Effect(["BN", "Dropout"], interval(-0.02), True),
    ]
    said, details = answer(
        study_result(points, axes, design="factorial", effects=effects), comparable=True
    )
    assert said == (
        "BN (+5.00 points, +4.00 to +6.00) helps; of Dropout (+0.10 points, -0.90 to +1.10) "
        "nothing is shown."
    )
    assert details[:2] == [
        "BN and Dropout together add less than their sum (-2.00 points, -3.00 to -1.00).",
        "The best single part is BN: 0.8500 accuracy, +5.00 points, +4.00 to +6.00 against none.",
    ]
    harm = [Effect(["BN"], interval(-0.05), True), Effect(["Dropout"], interval(-0.04), True)]
    said, _ = answer(study_result(points, axes, design="factorial", effects=harm), comparable=True)
    assert said.endswith("do harm.")

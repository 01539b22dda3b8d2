from __future__ import annotations

from typing import Any

import pytest

from pipeline.report.verdict import Verdict, chance_margin, verdict


def judge(baseline: float, candidate: float, **changes: Any) -> Verdict:
    values: dict[str, Any] = {
        "baseline_title": "MLP",
        "candidate_title": "MLP + BN",
        "baseline_accuracy": baseline,
        "candidate_accuracy": candidate,
        "test_pictures": 10_000,
        "blessed": candidate >= baseline,
        "pushed": candidate >= baseline,
        "min_accuracy": 0.8,
        "min_improvement": 0.0,
        "generated_data": False,
    }
    return verdict(**{**values, **changes})


@pytest.mark.parametrize(
    ("baseline", "candidate", "said"),
    [
        (0.88, 0.90, "Yes, it paid off: MLP + BN 0.9000, MLP 0.8800 test accuracy (+2.00 points)."),
        (0.88, 0.882, "Perhaps, but not clearly"),
        (0.88, 0.88, "Not shown to pay off"),
        (0.88, 0.878, "Not shown to pay off"),
        (0.88, 0.86, "No, it did harm"),
    ],
)
def test_the_headline_follows_the_difference(baseline: float, candidate: float, said: str) -> None:
    assert judge(baseline, candidate).headline.startswith(said)


def test_a_difference_that_may_be_chance_is_said_to_be() -> None:
    assert "0.90 points can come from the choice" in " ".join(judge(0.88, 0.882).details)
    assert "can come from the choice" not in " ".join(judge(0.88, 0.90).details)


def test_the_margin_is_the_interval_of_a_difference_of_two_shares() -> None:
    assert chance_margin(0.5, 0.5, 10_000) == pytest.approx(1.96 * (0.5 / 10_000) ** 0.5)
    assert chance_margin(0.9, 0.9, 400) == pytest.approx(2 * chance_margin(0.9, 0.9, 1600))


def test_why_a_candidate_was_not_blessed_is_said() -> None:
    assert "below the required 0.8" in judge(0.5, 0.6, blessed=False).details[-1]
    assert "not as good as the baseline" in judge(0.88, 0.87).details[-1]
    demanding = judge(0.88, 0.89, blessed=False, min_improvement=0.02)
    assert "had to beat the baseline by 2 points" in demanding.details[-1]
    assert "blessed and was pushed" in judge(0.88, 0.89).details[-1]
    assert "the Pusher was not run" in judge(0.88, 0.89, pushed=False).details[-1]


def test_generated_data_are_named_first() -> None:
    headline = judge(0.88, 0.90, generated_data=True).headline
    assert headline.startswith("On the GENERATED STAND-IN, which says nothing about real pictures")

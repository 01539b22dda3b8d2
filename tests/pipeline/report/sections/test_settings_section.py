from __future__ import annotations

from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary

SETTINGS = {
    "dataset.shape": [28, 28, 1],
    "baseline.epochs": 3,
    "baseline.model": "models.plain",
    "candidate.epochs": 3,
    "candidate.model": "models.regularized",
    "candidate.views": 4,
    "seed": 1,
}


def test_both_arms_stand_side_by_side_what_differs_first() -> None:
    rows = of_summary("settings", a_summary(settings=SETTINGS)).rows
    assert rows[:4] == [
        ["setting", "arms", "baseline", "candidate"],
        ["model", "differs", "models.plain", "models.regularized"],
        ["views", "differs", "–", "4"],
        ["epochs", "same", "3", "3"],
    ]


def test_the_others_stand_below() -> None:
    page = of_summary("settings", a_summary(settings=SETTINGS))
    assert page.row("dataset.shape") == ["28, 28, 1"]
    assert page.row("seed") == ["1"]
    assert "details" in page.tags


def test_what_a_user_wrote_is_text() -> None:
    page = of_summary("settings", a_summary(settings={"candidate.title": SCRIPT, "name": SCRIPT}))
    assert "script" not in page.tags
    assert page.row("title") == ["differs", "–", SCRIPT]
    assert page.row("name") == [SCRIPT]

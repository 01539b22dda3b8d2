"""Runs side by side: means over seeds, and the settings that differ."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.report.comparison import compare


def summary(*accuracies: tuple[float, float], **settings: Any) -> dict[str, Any]:
    """A run's figures; (baseline, candidate) of each seed."""
    baseline, candidate = zip(*accuracies, strict=True)
    return {
        "run": "20261124-101500",
        "experiment": "mlp-batchnorm",
        "seeds": list(range(len(accuracies))),
        "significance": {
            "baseline_accuracy": list(baseline),
            "candidate_accuracy": list(candidate),
            "accuracy": {"estimate": 0.02, "low": -0.01, "high": 0.05},
            "conclusion": "no difference shown",
        },
        "settings": settings,
    }


def test_accuracies_are_means_over_the_seeds() -> None:
    [run] = compare([summary((0.80, 0.84), (0.90, 0.94), (0.85, 0.80))]).runs
    assert run.seeds == 3
    assert run.baseline == pytest.approx(0.85)
    assert run.candidate == pytest.approx(0.86)
    assert (run.difference, run.low, run.high) == (0.02, -0.01, 0.05)
    assert run.conclusion == "no difference shown"


def test_only_settings_that_differ_are_named() -> None:
    runs = [
        summary((0.8, 0.8), seed=1, **{"candidate.epochs": 10, "candidate.views": 4}),
        summary((0.8, 0.8), seed=1, **{"candidate.epochs": 20}),
    ]
    assert compare(runs).differing == {"candidate.epochs": [10, 20], "candidate.views": [4, None]}


def test_a_setting_that_only_a_later_run_has_differs_too() -> None:
    runs = [summary((0.8, 0.8)), summary((0.8, 0.8), seed=2)]
    assert compare(runs).differing == {"seed": [None, 2]}

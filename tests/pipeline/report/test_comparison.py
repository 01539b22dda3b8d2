"""Runs side by side: means over seeds, and the settings that differ."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from components.evaluator.intervals import Interval
from components.evaluator.problems import Problem
from components.evaluator.significance import compare as significance_of
from pipeline.report.comparison import compare
from pipeline.runs.result import Summary
from tests.pipeline.report.run_result import a_summary


def summary(*accuracies: tuple[float, float], **settings: Any) -> Summary:
    """A run's figures; (baseline, candidate) of each seed."""
    baseline, candidate = zip(*accuracies, strict=True)
    made = a_summary(robustness=False, seeds=1, settings=settings)
    significance = dataclasses.replace(
        made.significance,
        baseline_accuracy=list(baseline),
        candidate_accuracy=list(candidate),
        accuracy=Interval(0.02, -0.01, 0.05, p=0.2),
        conclusion="no difference shown",
    )
    seeds = list(range(len(accuracies)))
    return dataclasses.replace(made, significance=significance, seeds=seeds)


def test_accuracies_are_means_over_the_seeds() -> None:
    [run] = compare([summary((0.80, 0.84), (0.90, 0.94), (0.85, 0.80))]).runs
    assert run.seeds == 3
    assert run.baseline == pytest.approx(0.85)
    assert run.candidate == pytest.approx(0.86)
    assert (run.difference, run.low, run.high) == (0.02, -0.01, 0.05)
    assert run.conclusion == "no difference shown"


def test_unequal_classes_are_compared_by_what_the_conclusion_goes_by() -> None:
    labels = np.arange(200) // 190  # 95 % are of class 0
    lazy, keen = (np.eye(2)[says] * 0.8 + 0.1 for says in (0 * labels, labels))
    significance = significance_of(labels, [lazy], [keen], equivalence=0.005)
    [run] = compare([dataclasses.replace(a_summary(), significance=significance)]).runs
    assert (run.metric, run.conclusion) == ("balanced accuracy", "better")
    assert [run.baseline, run.candidate, run.difference] == pytest.approx([0.5, 1.0, 0.5])


def test_a_run_that_is_not_judged_has_no_winner() -> None:
    problem = Problem("learned", "baseline", 1, 1, "says 'dog' of every test picture")
    [run] = compare([dataclasses.replace(summary((0.5, 0.9)), problems=[problem])]).runs
    assert run.conclusion == "not judged"


def test_only_settings_that_differ_are_named() -> None:
    runs = [
        summary((0.8, 0.8), seed=1, **{"candidate.epochs": 10, "candidate.views": 4}),
        summary((0.8, 0.8), seed=1, **{"candidate.epochs": 20}),
    ]
    assert compare(runs).differing == {"candidate.epochs": [10, 20], "candidate.views": [4, None]}


def test_a_setting_that_only_a_later_run_has_differs_too() -> None:
    runs = [summary((0.8, 0.8)), summary((0.8, 0.8), seed=2)]
    assert compare(runs).differing == {"seed": [None, 2]}

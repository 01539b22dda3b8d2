"""A study's result as it could be, for tests of words and page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.evaluator.intervals import Interval
from components.evaluator.significance import BETTER, NOT_JUDGED, WORSE
from pipeline.runs.study_result import FAILED, Axis, PointResult, StudyResult


def interval(estimate: float, reach: float = 0.01) -> Interval:
    return Interval(estimate, estimate - reach, estimate + reach, 0.5)


def axis(
    values: Sequence[str] = ("500", "1000", "5000"), name: str = "training pictures", **more: Any
) -> Axis:
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        numbers = None
    return Axis(name, ["dataset.train_limit"], list(values), numbers, True, **more)


def point(values: Sequence[str], conclusion: str, estimate: float | None = None) -> PointResult:
    gain = {BETTER: 0.03, WORSE: -0.03}.get(conclusion, 0.002) if estimate is None else estimate
    if conclusion == FAILED:
        return PointResult(list(values), "", FAILED, "Trainer.candidate: diverged")
    return PointResult(
        values=list(values),
        run="20260101-000000Z",
        conclusion=conclusion,
        reason="it has not learned" if conclusion == NOT_JUDGED else "",
        baseline=0.8,
        candidate=0.8 + gain,
        difference=interval(gain),
        baseline_scores=[0.79, 0.81],
        candidate_scores=[0.79 + gain, 0.81 + gain],
        seeds=[1, 2],
    )


def study_result(
    points: Sequence[PointResult], axes: Sequence[Axis] = (), **more: Any
) -> StudyResult:
    values: dict[str, Any] = {
        "name": "when-it-pays",
        "question": "When does it pay?",
        "headline": "",
        "details": [],
        "experiment": "mlp-batchnorm",
        "data": "made pictures",
        "titles": ["MLP", "MLP + BN"],
        "metric": "accuracy",
        "equivalence": 0.005,
        "design": "grid",
        "axes": list(axes) or [axis()],
        "points": list(points),
        "crossings": [],
        "effects": [],
        "trainings": 12,
        "trained": 12,
        "made": "2026-01-01 00:00",
    }
    return StudyResult(**{**values, **more})

from __future__ import annotations

import numpy as np
import pytest

from components.evaluator.eval_config import make_eval_config
from components.evaluator.gate import lowest, reaches, refusal


@pytest.mark.parametrize("right", range(1, 501, 7))
def test_an_accuracy_measured_in_float32_reaches_itself(right: int) -> None:
    measured = float(np.float32(right) / np.float32(500))
    assert reaches(measured, right / 500)
    assert not reaches(float(np.float32(right - 1) / np.float32(500)), right / 500)


def test_the_evaluator_asks_for_what_the_gate_says() -> None:
    config = make_eval_config(signature="evaluate", min_accuracy=0.138, min_improvement=0.02)
    metric = config.metrics_specs[0].metrics[1]
    threshold = metric.per_slice_thresholds[0].threshold
    assert threshold.value_threshold.lower_bound.value == lowest(0.138)
    assert threshold.change_threshold.absolute.value == lowest(0.02)


@pytest.mark.parametrize(
    ("candidate", "lower_end", "significance", "said"),
    [
        (0.138, 0.0, False, ""),
        (0.137, 0.0, False, "its accuracy is below the required 0.138"),
        (0.14, 0.0, True, "an improvement of more than 0 points is not shown"),
        (0.2, 0.01, True, ""),
    ],
)
def test_a_refusal_names_what_was_missed(
    candidate: float, lower_end: float, significance: bool, said: str
) -> None:
    reason = refusal(
        baseline=0.1,
        candidate=candidate,
        lower_end=lower_end,
        min_accuracy=0.138,
        min_improvement=0.0,
        significance=significance,
    )
    assert reason.startswith(said)
    assert bool(reason) == bool(said)

"""The gate: what it blesses, what it says, and that the Evaluator asks for the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.errors import UserError
from components.evaluator.eval_config import make_eval_config
from components.evaluator.gate import Decision, Gate, decide, lowest, reaches


@pytest.mark.parametrize("right", range(1, 501, 7))
def test_an_accuracy_measured_in_float32_reaches_itself(right: int) -> None:
    measured = float(np.float32(right) / np.float32(500))
    assert reaches(measured, right / 500)
    assert not reaches(float(np.float32(right - 1) / np.float32(500)), right / 500)


def test_the_evaluator_asks_for_what_the_gate_says() -> None:
    config = make_eval_config(Gate(min_accuracy=0.138, min_improvement=0.02))
    metric = config.metrics_specs[0].metrics[1]
    threshold = metric.per_slice_thresholds[0].threshold
    assert threshold.value_threshold.lower_bound.value == lowest(0.138)
    assert threshold.change_threshold.absolute.value == lowest(0.02)


@pytest.mark.parametrize(
    ("candidate", "lower_end", "changes", "said"),
    [
        (0.138, 0.0, {}, ""),
        (float(np.float32(69) / np.float32(500)), 0.0, {}, ""),
        (0.137, 0.0, {}, "its accuracy is below the required 0.138"),
        (0.14, 0.0, {"kind": "significance"}, "an improvement of more than 0 points is not shown"),
        (0.2, 0.01, {"kind": "significance"}, ""),
        (0.2, 0.02, {"kind": "significance", "min_improvement": 0.02}, "an improvement of more"),
        (0.15, 0.0, {"min_improvement": 0.1}, "it had to beat the baseline by 10 points"),
    ],
)
def test_a_refusal_names_what_was_missed(
    candidate: float, lower_end: float, changes: dict[str, Any], said: str
) -> None:
    gate = Gate(min_accuracy=0.138, **changes)
    decision = decide(gate, baseline=0.1, candidate=candidate, lower_end=lower_end)
    assert decision.reason.startswith(said)
    assert decision.blessed == (not said)


def test_the_evaluators_refusal_holds_whatever_the_gate_says() -> None:
    decision = decide(
        Gate(min_accuracy=0.5),
        baseline=0.6,
        candidate=0.7,
        lower_end=0.05,
        blessed_by_evaluator=False,
    )
    assert not decision.blessed
    assert "TensorFlow Model Analysis refused it" in decision.reason
    assert decide(Gate(min_accuracy=0.5), baseline=0.6, candidate=0.7, lower_end=0.05) == Decision(
        blessed=True, reason=""
    )


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"min_accuracy": 85}, "min_accuracy=85: must be at most 1"),
        ({"min_improvement": -2}, "min_improvement=-2: must be at least -1"),
        ({"equivalence": 5}, "equivalence=5: must be at most 1"),
        ({"kind": "luck"}, "kind=luck: must be one of accuracy, significance"),
    ],
)
def test_a_gate_that_nothing_can_pass_is_refused(wrong: dict[str, Any], line: str) -> None:
    with pytest.raises(UserError) as caught:
        Gate(**{"min_accuracy": 0.5, **wrong})
    assert str(caught.value) == line

"""AutoGraph and the metrics of TensorFlow Model Analysis."""

from __future__ import annotations

import sys

import pytest
import tf_keras
from tensorflow.python.autograph.core import config

from components.evaluator.autograph import leave_metrics_alone


def test_a_metric_is_not_rewritten_and_measures_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tuple(rule for rule in config.CONVERSION_RULES if not rule.matches("tf_keras"))
    monkeypatch.setattr(config, "CONVERSION_RULES", rules)
    with_rewriting = measured(tf_keras.metrics.Poisson())
    assert with_rewriting["rewritten"]
    leave_metrics_alone()
    assert measured(tf_keras.metrics.KLDivergence())["rewritten"] == set()
    assert measured(tf_keras.metrics.Poisson())["result"] == with_rewriting["result"]


def measured(metric: tf_keras.metrics.Metric) -> dict[str, object]:
    """A metric's result, and what AutoGraph made modules of for it, which it does once."""
    before = set(sys.modules)
    metric.update_state([[0.0, 1.0], [1.0, 0.0]], [[0.1, 0.9], [0.7, 0.3]])
    made = {name for name in set(sys.modules) - before if "autograph_generated" in name}
    return {"result": float(metric.result()), "rewritten": made}

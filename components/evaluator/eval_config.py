"""What TensorFlow Model Analysis measures, and what a candidate must reach to be blessed."""

from __future__ import annotations

from tensorflow_model_analysis import constants
from tensorflow_model_analysis.proto import config_pb2

from components import features
from components.evaluator.gate import Gate, lowest
from components.names import BASELINE, CANDIDATE, EVALUATE, PROBABILITIES

ACCURACY, LOSS, COUNT = "accuracy", "loss", "example_count"


def make_eval_config(gate: Gate) -> config_pb2.EvalConfig:
    """The evaluation of a candidate against a baseline, overall and per class.

    Only the overall slice decides: a `threshold` on the metric itself would hold for each
    class too.

    Args:
      gate: what the candidate must reach.
    """
    overall = config_pb2.SlicingSpec()
    threshold = config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(
            lower_bound={"value": lowest(gate.min_accuracy)}
        ),
        change_threshold=config_pb2.GenericChangeThreshold(
            direction=config_pb2.MetricDirection.HIGHER_IS_BETTER,
            absolute={"value": lowest(gate.min_improvement)},
        ),
    )
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                name=name,
                # What it would find out, by loading the model once more.
                model_type=constants.TF_GENERIC,
                signature_name=EVALUATE,
                label_key=features.LABEL,
                prediction_key=PROBABILITIES,
                is_baseline=name == BASELINE,
            )
            for name in (CANDIDATE, BASELINE)
        ],
        slicing_specs=[overall, config_pb2.SlicingSpec(feature_keys=[features.CLASS_NAME])],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[
                    config_pb2.MetricConfig(class_name="ExampleCount", config=f'"name": "{COUNT}"'),
                    config_pb2.MetricConfig(
                        class_name="SparseCategoricalAccuracy",
                        config=f'"name": "{ACCURACY}"',
                        per_slice_thresholds=[
                            config_pb2.PerSliceMetricThreshold(
                                slicing_specs=[overall], threshold=threshold
                            )
                        ],
                    ),
                    config_pb2.MetricConfig(
                        class_name="SparseCategoricalCrossentropy", config=f'"name": "{LOSS}"'
                    ),
                ]
            )
        ],
    )

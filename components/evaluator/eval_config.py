"""What TensorFlow Model Analysis measures, and what a candidate must reach to be blessed."""

from __future__ import annotations

from tensorflow_model_analysis.proto import config_pb2

from components import features
from components.evaluator.gate import lowest

ACCURACY, LOSS, COUNT = "accuracy", "loss", "example_count"
CANDIDATE, BASELINE = "candidate", "baseline"


def make_eval_config(
    *, signature: str, min_accuracy: float, min_improvement: float
) -> config_pb2.EvalConfig:
    """The evaluation of a candidate against a baseline, overall and per class.

    Only the overall slice decides: a `threshold` on the metric itself would hold for each
    class too.

    Args:
      signature: of the exported models; it takes serialized Examples and gives
        `probabilities`.
      min_accuracy: the candidate's accuracy must be at least this, 0 … 1.
      min_improvement: the candidate's accuracy minus the baseline's must be at least this.
    """
    overall = config_pb2.SlicingSpec()
    threshold = config_pb2.MetricThreshold(
        value_threshold=config_pb2.GenericValueThreshold(
            lower_bound={"value": lowest(min_accuracy)}
        ),
        change_threshold=config_pb2.GenericChangeThreshold(
            direction=config_pb2.MetricDirection.HIGHER_IS_BETTER,
            absolute={"value": lowest(min_improvement)},
        ),
    )
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                name=name,
                signature_name=signature,
                label_key=features.LABEL,
                prediction_key="probabilities",
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

"""What TensorFlow Model Analysis measures, and what a candidate must reach to be blessed."""

from __future__ import annotations

import tensorflow_model_analysis as tfma

from components import features

ACCURACY, LOSS, COUNT = "accuracy", "loss", "example_count"
CANDIDATE, BASELINE = "candidate", "baseline"


def make_eval_config(
    *, signature: str, min_accuracy: float, min_improvement: float
) -> tfma.EvalConfig:
    """The evaluation of a candidate against a baseline, overall and per class.

    Only the overall slice decides: a `threshold` on the metric itself would hold for each
    class too.

    Args:
      signature: of the exported models; it takes serialized Examples and gives
        `probabilities`.
      min_accuracy: the candidate's accuracy must be at least this, 0 … 1.
      min_improvement: the candidate's accuracy minus the baseline's must be at least this.

    """
    overall = tfma.SlicingSpec()
    threshold = tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(lower_bound={"value": min_accuracy}),
        change_threshold=tfma.GenericChangeThreshold(
            direction=tfma.MetricDirection.HIGHER_IS_BETTER, absolute={"value": min_improvement}
        ),
    )
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(
                name=name,
                signature_name=signature,
                label_key=features.LABEL,
                prediction_key="probabilities",
                is_baseline=name == BASELINE,
            )
            for name in (CANDIDATE, BASELINE)
        ],
        slicing_specs=[overall, tfma.SlicingSpec(feature_keys=[features.CLASS_NAME])],
        metrics_specs=[
            tfma.MetricsSpec(
                metrics=[
                    tfma.MetricConfig(class_name="ExampleCount", config=f'"name": "{COUNT}"'),
                    tfma.MetricConfig(
                        class_name="SparseCategoricalAccuracy",
                        config=f'"name": "{ACCURACY}"',
                        per_slice_thresholds=[
                            tfma.PerSliceMetricThreshold(
                                slicing_specs=[overall], threshold=threshold
                            )
                        ],
                    ),
                    tfma.MetricConfig(
                        class_name="SparseCategoricalCrossentropy", config=f'"name": "{LOSS}"'
                    ),
                ]
            )
        ],
    )

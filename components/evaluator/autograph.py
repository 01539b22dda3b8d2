"""Spares TensorFlow Model Analysis what AutoGraph does to its metrics."""

from __future__ import annotations

from tensorflow.python.autograph.core import config

_KERAS_2 = config.DoNotConvert("tf_keras")


def leave_metrics_alone() -> None:
    """Has AutoGraph leave Keras 2 alone, which the metrics are of, as it does Keras.

    It knows Keras by the names of its modules, and not by `tf_keras`, which Keras 2 is called now.
    So it rewrites each metric for a graph that there is none of, in a second and more.
    """
    if _KERAS_2 not in config.CONVERSION_RULES:
        config.CONVERSION_RULES = (_KERAS_2, *config.CONVERSION_RULES)

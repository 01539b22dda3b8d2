"""Have the moving averages of Batch Normalization settled? What the Trainer measures of it.

In training a BatchNormalization layer normalizes by the mean and variance of the batch, when the
model is served by their moving averages. These start at 0 and 1 and come closer to what they
average by the factor `momentum` a step (Ioffe and Szegedy, https://arxiv.org/abs/1502.03167): after
too few steps the served model is not the one that was trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from components.learning_record import Normalization
from components.trainer.input_pipeline import evaluation_batches
from components.trainer.split import AnySplit, Split

# Enough for an error of half a point, and a second or two of work.
_PICTURES = 5_000


def measure(
    model: keras.Model, split: AnySplit, *, batch_size: int, seed: int
) -> Normalization | None:
    """Compares a finished model's two statistics; the model stays as it is.

    Args:
      model: from pixels to probabilities.
      split: training pictures, decoded, as they are.
      batch_size: of the training. Only whole batches count: the statistics of a few pictures are
        none. (Where there are fewer pictures than that, they are one batch.)
      seed: of the order. A batch of the pictures in their own order could be of a single class,
        whose statistics the model has never met.

    Returns:
      The comparison; None where no BatchNormalization layer is trained. (A frozen one runs by its
      averages in training too.)
    """
    normalizing = [
        layer
        for layer in model._flatten_layers()  # also those inside of other layers
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]
    if not normalizing:
        return None
    batch_size = min(batch_size, split.size)
    count = min(split.size, max(_PICTURES, batch_size)) // batch_size * batch_size
    order = np.random.default_rng(seed).permutation(split.size)[:count]
    drawn = split.chosen(order)
    by_averages = _right(model, drawn, batch_size)
    with _by_batch(normalizing):
        by_batches = _right(model, drawn, batch_size)
    return Normalization(
        momentum=max(layer.momentum for layer in normalizing),
        pictures=count,
        averages_right=int(by_averages.sum()),
        batches_right=int(by_batches.sum()),
        only_averages_right=int((by_averages & ~by_batches).sum()),
        only_batches_right=int((by_batches & ~by_averages).sum()),
    )


@contextmanager
def _by_batch(layers: list[Any]) -> Iterator[None]:
    """Within, these layers alone run as in training; their averages are put back afterwards."""
    kept = [layer.get_weights() for layer in layers]
    for layer in layers:
        # An attribute of the instance, over the class's method: Keras calls `self.call`.
        vars(layer)["call"] = _in_training(layer.call)
    try:
        yield
    finally:
        for layer, weights in zip(layers, kept, strict=True):
            del vars(layer)["call"]
            layer.set_weights(weights)


def _in_training(call: Any) -> Any:
    def called(*inputs: Any, training: bool | None = None, **others: Any) -> Any:
        return call(*inputs, training=True, **others)

    return called


def _right(model: keras.Model, split: Split, batch_size: int) -> np.ndarray:
    """Which pictures the model gets right, bool [pictures], in batches as they come."""

    @tf.function(reduce_retracing=True)
    def answers(pixels: tf.Tensor) -> tf.Tensor:
        return tf.argmax(model(pixels, training=False), axis=1)

    found = [answers(pixels).numpy() for pixels, _ in evaluation_batches(split, batch_size)]
    return np.concatenate(found) == split.labels.numpy()

"""`build_mlp_model`: the baseline of the Fashion-MNIST experiment, without regularization."""

from __future__ import annotations

import keras
from keras import layers


def build_mlp_model(
    input_shape: tuple[int, int, int] = (28, 28, 1), num_classes: int = 10
) -> keras.Model:
    """A multilayer perceptron: Flatten → Dense 1024 → Dense 256 → Dense `num_classes`.

    Args:
      input_shape: (height, width, channels) of the pictures; Fashion-MNIST's, unless said
        otherwise.
      num_classes: number of classes.

    Returns:
      A model from float32 [batch, height, width, channels] to probabilities, float32
      [batch, num_classes]; not compiled.
    """
    return keras.Sequential(
        [
            layers.Input(input_shape),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dense(256, activation="relu"),
            layers.Dense(num_classes, activation="softmax", dtype="float32"),
        ],
        name="mlp",
    )

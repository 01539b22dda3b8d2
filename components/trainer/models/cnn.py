"""`build_cnn_model`: the baseline of the dogs-vs-cats experiments, without regularization."""

from __future__ import annotations

import keras
from keras import layers


def build_cnn_model(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """A small convolutional network: three times Conv2D → MaxPool2D, then two Dense layers.

    Args:
      input_shape: (height, width, channels) of the pictures, at least 8×8.
      num_classes: number of classes.

    Returns:
      A model from float32 [batch, height, width, channels] to probabilities, float32
      [batch, num_classes]; not compiled.
    """
    return keras.Sequential(
        [
            layers.Input(input_shape),
            layers.Conv2D(16, (3, 3), padding="same", activation="relu"),
            layers.MaxPool2D(),
            layers.Conv2D(32, (3, 3), padding="same", activation="relu"),
            layers.MaxPool2D(),
            layers.Conv2D(64, (3, 3), padding="same", activation="relu"),
            layers.MaxPool2D(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(256, activation="relu"),
            layers.Dense(num_classes, activation="softmax", dtype="float32"),
        ],
        name="cnn",
    )

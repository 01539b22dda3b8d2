"""`build_reg_cnn_model`: the CNN of `cnn.py`, regularized by Batch Normalization and Dropout."""

from __future__ import annotations

import keras
from keras import layers


def build_reg_cnn_model(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """The CNN with BatchNormalization before each convolution's ReLU, and Dropout 0.5 at the end.

    The convolutions have no activation of their own: ReLU follows the normalization, whose
    moving averages (momentum 0.99) need a few hundred steps to be of use: on few pictures the
    first epochs evaluate near chance while the training accuracy already climbs.

    Args:
      input_shape: (height, width, channels) of the pictures, at least 8×8.
      num_classes: number of classes.

    Returns:
      A model from float32 [batch, height, width, channels] to probabilities, float32
      [batch, num_classes]; not compiled.
    """
    convolutions: list[keras.Layer] = []
    for filters in (16, 32, 64):
        convolutions += [
            layers.Conv2D(filters, (3, 3), padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPool2D(),
        ]
    return keras.Sequential(
        [
            layers.Input(input_shape),
            *convolutions,
            layers.GlobalAveragePooling2D(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(num_classes, activation="softmax", dtype="float32"),
        ],
        name="reg_cnn",
    )

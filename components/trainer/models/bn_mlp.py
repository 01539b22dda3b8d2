"""`build_bn_mlp_model`: the MLP of `mlp.py`, regularized by Batch Normalization."""

from __future__ import annotations

import keras
from keras import layers


def build_bn_mlp_model(
    input_shape: tuple[int, int, int] = (28, 28, 1), num_classes: int = 10
) -> keras.Model:
    """The MLP with BatchNormalization between each hidden Dense layer and its activation.

    The Dense layers have no activation of their own: ReLU follows the normalization.
    In training each unit is normalized by its batch's mean and variance, otherwise by their
    moving averages (momentum 0.99), which need a few hundred steps to be of use: with very
    few steps an epoch the model evaluates near chance at first.

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
            layers.Dense(1024),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(256),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(num_classes, activation="softmax", dtype="float32"),
        ],
        name="bn_mlp",
    )

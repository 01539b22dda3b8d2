"""`mlp` and `cnn`: the exercises' networks with each part of the regularization to be switched.

With the exercises' values they have the exercises' layers: `mlp()` those of `build_mlp_model`,
`mlp(batch_normalization=True)` those of `build_bn_mlp_model`, `cnn()` those of `build_cnn_model`,
`cnn(batch_normalization=True, dropout=0.5)` those of `build_reg_cnn_model`.
"""

from __future__ import annotations

import keras
from keras import layers

from components.settings import Part, Share


def mlp(
    input_shape: tuple[int, int, int],
    num_classes: int,
    *,
    batch_normalization: bool = False,
    dropout: Part = 0.0,
    l2: Share = 0.0,
) -> keras.Model:
    """A multilayer perceptron: Flatten → Dense 1024 → Dense 256 → Dense `num_classes`.

    Args:
      input_shape: (height, width, channels) of the pictures.
      num_classes: number of classes.
      batch_normalization: whether BatchNormalization stands before each hidden layer's ReLU.
      dropout: share of the hidden units that a step leaves out, after each ReLU (Srivastava et
        al., Journal of Machine Learning Research 15, 2014); no layer where it is 0.
      l2: the loss grows by l2 · the sum of the squared weights of all hidden layers.

    Returns:
      A model from float32 [batch, height, width, channels] to probabilities, float32
      [batch, num_classes]; not compiled.
    """
    hidden: list[keras.Layer] = []
    for units in (1024, 256):
        hidden += _activated(
            layers.Dense, units, batch_normalization=batch_normalization, l2=l2, dropout=dropout
        )
    return keras.Sequential(
        [
            layers.Input(input_shape),
            layers.Flatten(),
            *hidden,
            layers.Dense(num_classes, activation="softmax", dtype="float32"),
        ],
        name="mlp",
    )


def cnn(
    input_shape: tuple[int, int, int],
    num_classes: int,
    *,
    batch_normalization: bool = False,
    dropout: Part = 0.0,
    l2: Share = 0.0,
) -> keras.Model:
    """A small convolutional network: three times Conv2D → MaxPool2D, then two Dense layers.

    Args:
      input_shape: (height, width, channels) of the pictures, at least 8×8.
      num_classes: number of classes.
      batch_normalization: whether BatchNormalization stands before each convolution's ReLU.
      dropout: share of the last hidden layer's units that a step leaves out; no layer where it
        is 0.
      l2: the loss grows by l2 · the sum of the squared weights of all hidden layers.

    Returns:
      A model from float32 [batch, height, width, channels] to probabilities, float32
      [batch, num_classes]; not compiled.
    """
    convolutions: list[keras.Layer] = []
    for filters in (16, 32, 64):
        convolutions += _activated(
            *(layers.Conv2D, filters, (3, 3)),
            batch_normalization=batch_normalization,
            l2=l2,
            padding="same",
        )
        convolutions.append(layers.MaxPool2D())
    return keras.Sequential(
        [
            layers.Input(input_shape),
            *convolutions,
            layers.GlobalAveragePooling2D(),
            *_activated(layers.Dense, 256, batch_normalization=False, l2=l2, dropout=dropout),
            layers.Dense(num_classes, activation="softmax", dtype="float32"),
        ],
        name="cnn",
    )


def _activated(
    layer: type[keras.Layer],
    *sizes: object,
    batch_normalization: bool,
    l2: float,
    dropout: float = 0.0,
    **settings: object,
) -> list[keras.Layer]:
    """A hidden layer with ReLU, and what was asked for around it."""
    settings["kernel_regularizer"] = keras.regularizers.L2(l2) if l2 else None
    if batch_normalization:
        # The exercises' way: no activation of its own, ReLU after the normalization.
        made = [layer(*sizes, **settings), layers.BatchNormalization(), layers.Activation("relu")]
    else:
        made = [layer(*sizes, activation="relu", **settings)]
    return [*made, layers.Dropout(dropout)] if dropout else made

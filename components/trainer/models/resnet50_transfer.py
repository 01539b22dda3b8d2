"""`load_transfer_model`: ResNet-50 trained on ImageNet, frozen, with a new head.

The pictures' way: pixels 0 … 1 → the backbone's own preprocessing → UpSampling2D → ResNet-50
without its top → GlobalAveragePooling2D → Dense. All of it is one model, so that training and
serving cannot differ. Up to the pooling nothing is trained: `features_of` cuts it there.
"""

from __future__ import annotations

import re
from pathlib import Path

import keras
from keras import layers

from components.errors import UserError

#: Output of the pooling, for each picture.
FEATURES = 2048


@keras.saving.register_keras_serializable("components.trainer")
class ResNet50Preprocessing(layers.Layer):
    """What ResNet-50 was trained on: BGR, 0 … 255, minus ImageNet's mean; from pixels 0 … 1."""

    def call(self, pixels: object) -> object:
        """float32 [batch, height, width, 3] → the same shape."""
        return keras.applications.resnet50.preprocess_input(pixels * 255.0)  # type: ignore[operator]


def build_resnet50_transfer(
    input_shape: tuple[int, int, int],
    num_classes: int,
    *,
    upsampling: int = 7,
    weights: Path | None = None,
) -> keras.Model:
    """The transfer model: a frozen ResNet-50 between upsampling and a Dense head.

    The backbone's BatchNormalization layers use their moving averages in training too, since
    a frozen layer runs in inference mode (https://keras.io/guides/transfer_learning/).

    Args:
      input_shape: (height, width, 3) of the pictures; at least 32×32 after the upsampling.
      num_classes: number of classes.
      upsampling: each pixel becomes upsampling × upsampling pixels.
      weights: file of the backbone's weights, as Keras's applications have them (HDF5, without
        the top); None for random ones.

    Returns:
      A model from float32 [batch, height, width, 3] to probabilities, float32
      [batch, num_classes]; not compiled.

    Raises:
      UserError: the file does not hold these weights.
    """
    height, width, channels = input_shape
    base = keras.applications.ResNet50(
        include_top=False,
        weights=None,
        input_shape=(height * upsampling, width * upsampling, channels),
    )
    if weights is not None:
        try:
            base.load_weights(weights)
        except (ValueError, OSError, KeyError) as error:
            raise UserError(
                f"{weights} does not hold ResNet-50's weights without the top, as Keras has them: "
                f"{str(error).splitlines()[0]}"
            ) from error
    base.trainable = False
    return keras.Sequential(
        [
            layers.Input(input_shape),
            ResNet50Preprocessing(name="preprocessing"),
            layers.UpSampling2D(upsampling),
            base,
            layers.GlobalAveragePooling2D(),
            layers.Dense(num_classes, activation="softmax", dtype="float32"),
        ],
        name="resnet50_transfer",
    )


def load_transfer_model(weights: Path | None = None, *, upsampling: int = 7) -> keras.Model:
    """The exercise's model for CIFAR-10, compiled: Adam 0.001, categorical cross-entropy.

    Args:
      weights: see `build_resnet50_transfer`.
      upsampling: 7 brings 32×32 to the 224×224 that ResNet-50 was trained on.
    """
    model = build_resnet50_transfer((32, 32, 3), 10, upsampling=upsampling, weights=weights)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def unfreeze(model: keras.Model, blocks: int) -> None:
    """Lets the last residual blocks of the backbone be trained, but not their BatchNormalization.

    Its averages stay those of ImageNet: those of a few pictures would be worse.

    Args:
      model: of `build_resnet50_transfer`.
      blocks: how many, 1 … 16.
    """
    base = model.layers[2]
    # Layers are named conv5_block3_2_conv and so on.
    found = (re.match(r"conv\d_block\d_", layer.name) for layer in base.layers)
    last = tuple(sorted({match[0] for match in found if match})[-blocks:])
    base.trainable = True
    for layer in base.layers:
        normalizes = isinstance(layer, layers.BatchNormalization)
        layer.trainable = layer.name.startswith(last) and not normalizes


def features_of(model: keras.Model) -> keras.Model:
    """The frozen part: from pixels to pooled features, float32 [batch, 2048]."""
    return keras.Model(model.inputs[0], model.layers[-2].output, name="backbone")


def head_of(model: keras.Model) -> keras.Model:
    """The part that is trained, on pooled features; it shares its weights with `model`."""
    features = layers.Input((FEATURES,))
    return keras.Model(features, model.layers[-1](features), name="head")

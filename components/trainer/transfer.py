"""Models on a frozen backbone: how each of them is built, cut in two, and unfrozen.

The pictures' way: pixels 0 … 1 → the backbone's own preprocessing → UpSampling2D → the backbone
without its top → GlobalAveragePooling2D → Dense. All of it is one model, so that training and
serving cannot differ. Up to the pooling nothing is trained: `features_of` cuts it there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
from keras import layers

from components.errors import UserError

_BACKBONE, _POOLING, _HEAD = 2, -2, -1  # among the model's layers


@dataclass(frozen=True)
class TransferModel:
    r"""A kind of model on a frozen backbone; called, it builds one.

    Attributes:
      name: of the Keras models.
      title: of the backbone, for people.
      application: of `keras.applications`.
      preprocessing: layer from pixels 0 … 1 to what the backbone was trained on.
      block: pattern at the start of the names of a residual block's layers, which sort in the
        order of the blocks, e.g. r"conv\d_block\d_".
    """

    name: str
    title: str
    application: Callable[..., keras.Model]
    preprocessing: type[layers.Layer]
    block: str

    def __call__(
        self,
        input_shape: tuple[int, int, int],
        num_classes: int,
        *,
        upsampling: int = 7,
        weights: Path | None = None,
    ) -> keras.Model:
        """A frozen backbone between upsampling and a Dense head.

        The backbone's BatchNormalization layers use their moving averages in training too, since
        a frozen layer runs in inference mode (https://keras.io/guides/transfer_learning/).

        Args:
          input_shape: (height, width, 3) of the pictures; at least 32×32 after the upsampling.
          num_classes: number of classes.
          upsampling: each pixel becomes upsampling × upsampling pixels.
          weights: file of the backbone's weights, as Keras's applications have them (HDF5,
            without the top); None for random ones, which are the same in every process.

        Returns:
          A model from float32 [batch, height, width, 3] to probabilities, float32
          [batch, num_classes]; not compiled.

        Raises:
          UserError: the file does not hold these weights.
        """
        height, width, channels = input_shape
        base = self.application(
            include_top=False,
            weights=None,
            input_shape=(height * upsampling, width * upsampling, channels),
        )
        if weights is None:
            _draw_weights(base)
        else:
            try:
                base.load_weights(weights)
            except (ValueError, OSError, KeyError) as error:
                raise UserError(
                    f"{weights} does not hold {self.title}'s weights without the top, as Keras "
                    f"has them: {str(error).splitlines()[0]}"
                ) from error
        base.trainable = False
        return keras.Sequential(
            [
                layers.Input(input_shape),
                self.preprocessing(name="preprocessing"),
                layers.UpSampling2D(upsampling),
                base,
                layers.GlobalAveragePooling2D(),
                layers.Dense(num_classes, activation="softmax", dtype="float32"),
            ],
            name=self.name,
        )

    def unfreeze(self, model: keras.Model, blocks: int) -> None:
        """Lets the backbone's last residual blocks be trained, but not their BatchNormalization.

        Its averages stay those of ImageNet: those of a few pictures would be worse.

        Args:
          model: one of these.
          blocks: how many; all where it has fewer.
        """
        base = model.layers[_BACKBONE]
        starts = (re.match(self.block, layer.name) for layer in base.layers)
        last = tuple(sorted({match[0] for match in starts if match})[-blocks:])
        base.trainable = True
        for layer in base.layers:
            normalizes = isinstance(layer, layers.BatchNormalization)
            layer.trainable = layer.name.startswith(last) and not normalizes


def _draw_weights(base: keras.Model) -> None:
    """Draws weights that do not depend on what was drawn before, as Keras's layers draw theirs.

    One process computes a backbone's features, and another trains and exports a head on them: with
    weights of their own, what is served would not be what was trained.
    """
    for seed, weight in enumerate(base.trainable_weights):
        if len(weight.shape) > 1:  # biases and Batch Normalization begin as constants
            weight.assign(keras.initializers.GlorotUniform(seed)(weight.shape))


def features_of(model: keras.Model) -> keras.Model:
    """The frozen part of such a model: from pixels to pooled features, float32 [batch, n]."""
    return keras.Model(model.inputs[0], model.layers[_POOLING].output, name="backbone")


def head_of(model: keras.Model) -> keras.Model:
    """The part that is trained, on pooled features; it shares its weights with `model`."""
    features = layers.Input((model.layers[_POOLING].output.shape[-1],))
    return keras.Model(features, model.layers[_HEAD](features), name="head")

"""ResNet-50 trained on ImageNet, frozen, with a new head."""

from __future__ import annotations

import keras
from keras import layers

from components.trainer.transfer import TransferModel


@keras.saving.register_keras_serializable("components.trainer")
class ResNet50Preprocessing(layers.Layer):
    """What ResNet-50 was trained on: BGR, 0 … 255, minus ImageNet's mean; from pixels 0 … 1."""

    def call(self, pixels: object) -> object:
        """float32 [batch, height, width, 3] → the same shape."""
        return keras.applications.resnet50.preprocess_input(pixels * 255.0)  # type: ignore[operator]


#: (input_shape, num_classes, *, upsampling, weights) → model, see `TransferModel`. ResNet-50 gives
#: 2048 features a picture and has 16 residual blocks, named conv5_block3_ and so on.
build_resnet50_transfer = TransferModel(
    name="resnet50_transfer",
    title="ResNet-50",
    application=keras.applications.ResNet50,
    preprocessing=ResNet50Preprocessing,
    block=r"conv\d_block\d_",
)

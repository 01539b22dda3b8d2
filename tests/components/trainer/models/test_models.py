"""The models, layer by layer, against the table of the exercises they come from."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from components.trainer.models.bn_mlp import build_bn_mlp_model
from components.trainer.models.cnn import build_cnn_model
from components.trainer.models.mlp import build_mlp_model
from components.trainer.models.reg_cnn import build_reg_cnn_model


def described(layer: keras.layers.Layer) -> tuple[Any, ...]:
    kind = type(layer).__name__
    if kind == "Dense":
        return kind, layer.units, layer.activation.__name__, layer.use_bias
    if kind == "Conv2D":
        activation = layer.activation.__name__
        return kind, layer.filters, layer.kernel_size, layer.padding, activation
    if kind == "MaxPooling2D":
        return kind, layer.pool_size, layer.strides
    if kind == "Dropout":
        return kind, layer.rate
    if kind == "Activation":
        return kind, layer.activation.__name__
    return (kind,)


def test_the_mlp_has_the_layers_of_the_exercise() -> None:
    model = build_mlp_model((28, 28, 1), 10)
    assert [described(layer) for layer in model.layers] == [
        ("Flatten",),
        ("Dense", 1024, "relu", True),
        ("Dense", 256, "relu", True),
        ("Dense", 10, "softmax", True),
    ]


def test_the_regularized_mlp_normalizes_before_it_activates() -> None:
    model = build_bn_mlp_model((28, 28, 1), 10)
    assert [described(layer) for layer in model.layers] == [
        ("Flatten",),
        ("Dense", 1024, "linear", True),
        ("BatchNormalization",),
        ("Activation", "relu"),
        ("Dense", 256, "linear", True),
        ("BatchNormalization",),
        ("Activation", "relu"),
        ("Dense", 10, "softmax", True),
    ]


HALF = ("MaxPooling2D", (2, 2), (2, 2))


def test_the_cnn_has_the_layers_of_the_exercise() -> None:
    model = build_cnn_model((128, 128, 3), 2)
    assert [described(layer) for layer in model.layers] == [
        ("Conv2D", 16, (3, 3), "same", "relu"),
        HALF,
        ("Conv2D", 32, (3, 3), "same", "relu"),
        HALF,
        ("Conv2D", 64, (3, 3), "same", "relu"),
        HALF,
        ("GlobalAveragePooling2D",),
        ("Dense", 256, "relu", True),
        ("Dense", 2, "softmax", True),
    ]


def test_the_regularized_cnn_normalizes_before_it_activates_and_drops_out_at_the_end() -> None:
    model = build_reg_cnn_model((128, 128, 3), 2)
    assert [described(layer) for layer in model.layers] == [
        ("Conv2D", 16, (3, 3), "same", "linear"),
        ("BatchNormalization",),
        ("Activation", "relu"),
        HALF,
        ("Conv2D", 32, (3, 3), "same", "linear"),
        ("BatchNormalization",),
        ("Activation", "relu"),
        HALF,
        ("Conv2D", 64, (3, 3), "same", "linear"),
        ("BatchNormalization",),
        ("Activation", "relu"),
        HALF,
        ("GlobalAveragePooling2D",),
        ("Dense", 256, "relu", True),
        ("Dropout", 0.5),
        ("Dense", 2, "softmax", True),
    ]


@pytest.mark.parametrize(
    "build", [build_mlp_model, build_bn_mlp_model, build_cnn_model, build_reg_cnn_model]
)
@pytest.mark.parametrize(("shape", "classes"), [((28, 28, 1), 10), ((9, 15, 3), 4)])
def test_a_model_gives_probabilities_for_any_shape_and_number_of_classes(
    build: Any, shape: tuple[int, int, int], classes: int
) -> None:
    pixels = np.random.default_rng(0).random((3, *shape), dtype=np.float32)
    probabilities = build(shape, classes).predict(pixels, verbose=0)
    assert probabilities.shape == (3, classes)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    "build", [build_mlp_model, build_bn_mlp_model, build_cnn_model, build_reg_cnn_model]
)
def test_probabilities_stay_float32_in_mixed_precision(build: Any) -> None:
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = build((28, 28, 1), 10)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert model.layers[-2].compute_dtype == "float16"
    assert model.layers[-1].compute_dtype == "float32"

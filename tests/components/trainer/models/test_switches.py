"""The networks with switches have the exercises' layers, and each switch does its part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from components.trainer.models.bn_mlp import build_bn_mlp_model
from components.trainer.models.cnn import build_cnn_model
from components.trainer.models.mlp import build_mlp_model
from components.trainer.models.reg_cnn import build_reg_cnn_model
from components.trainer.models.switches import cnn, mlp

SHAPE = (8, 8, 3)
EXERCISES = [
    (build_mlp_model, mlp, {}),
    (build_bn_mlp_model, mlp, {"batch_normalization": True}),
    (build_cnn_model, cnn, {}),
    (build_reg_cnn_model, cnn, {"batch_normalization": True, "dropout": 0.5}),
]


def settings_of(model: keras.Model) -> list[dict[str, Any]]:
    """Each layer's settings without its name, which counts the layers of a process."""
    return [
        {"class": type(layer).__name__, **layer.get_config(), "name": ""} for layer in model.layers
    ]


@pytest.mark.parametrize(("exercise", "build", "arguments"), EXERCISES)
def test_with_the_exercises_values_they_are_the_exercises_networks(
    exercise: Callable[..., keras.Model],
    build: Callable[..., keras.Model],
    arguments: dict[str, Any],
) -> None:
    keras.utils.set_random_seed(1)
    expected = exercise(SHAPE, 2)
    keras.utils.set_random_seed(1)
    built = build(SHAPE, 2, **arguments)
    assert settings_of(built) == settings_of(expected)
    for own, other in zip(built.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)


@pytest.mark.parametrize("build", [mlp, cnn])
def test_each_part_can_be_switched_alone(build: Callable[..., keras.Model]) -> None:
    def kinds(**arguments: Any) -> set[str]:
        return {type(layer).__name__ for layer in build(SHAPE, 2, **arguments).layers}

    plain = kinds()
    assert kinds(batch_normalization=True) - plain == {"BatchNormalization", "Activation"}
    assert kinds(dropout=0.3) - plain == {"Dropout"}
    assert kinds(l2=0.01) == plain


@pytest.mark.parametrize("build", [mlp, cnn])
def test_l2_adds_the_squares_of_all_hidden_weights_to_the_loss(
    build: Callable[..., keras.Model],
) -> None:
    model = build(SHAPE, 2, l2=0.01)
    *hidden, _ = [weight for weight in model.weights if weight.name == "kernel"]
    expected = 0.01 * sum(float(keras.ops.sum(keras.ops.square(weight))) for weight in hidden)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)
    assert not build(SHAPE, 2).losses

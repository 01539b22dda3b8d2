"""Optimizers by their settings. Keras's own Adam is the judge of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.errors import UserError
from components.trainer.optimizers import Adam, make_optimizer
from components.trainer.settings import Optimizer


def test_an_optimizer_that_keras_does_not_know_is_named() -> None:
    with pytest.raises(UserError, match="no optimizer 'Adamm'"):
        make_optimizer(Optimizer(name="Adamm"))


def test_other_optimizers_are_keras_own() -> None:
    made = make_optimizer(Optimizer(name="SGD", momentum=0.9, nesterov=True))
    assert type(made) is keras.optimizers.SGD
    assert made.nesterov


def test_adam_keeps_its_settings() -> None:
    made = make_optimizer(Optimizer(name="adam", learning_rate=0.003))
    assert type(made) is Adam
    ours, keras_own = made.get_config(), keras.optimizers.Adam(0.003).get_config()
    assert ours == {**keras_own, "name": ours["name"]}


def trained(
    optimizer: keras.optimizers.Optimizer, *, compiled: bool, strategy: tf.distribute.Strategy
) -> list[np.ndarray]:
    """The weights after 30 steps on made pictures, the last batch of an epoch a small one."""
    keras.utils.set_random_seed(3)
    pixels = np.random.default_rng(1).random((150, 8, 8, 1), np.float32)
    labels = (pixels.mean(axis=(1, 2, 3)) > 0.5).astype(np.int64)
    with strategy.scope():
        layers = [
            keras.layers.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, use_bias=False),  # a bias would be lost in the normalization
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax", dtype="float32"),
        ]
        model = keras.Sequential(layers)
        model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=compiled)
    model.fit(pixels, labels, batch_size=32, epochs=6, shuffle=False, verbose=0)
    weights: list[np.ndarray] = model.get_weights()
    return weights


@pytest.fixture(params=["float32", "mixed_float16"])
def precision(request: pytest.FixtureRequest) -> Iterator[None]:
    keras.mixed_precision.set_global_policy(request.param)
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("precision")
@pytest.mark.parametrize(
    ("compiled", "strategy"),
    [
        (False, tf.distribute.get_strategy),
        (True, tf.distribute.get_strategy),
        (False, lambda: tf.distribute.MirroredStrategy(["/cpu:0"])),
    ],
    ids=["one device", "XLA", "several devices"],
)
def test_adam_takes_keras_steps(
    compiled: bool, strategy: Callable[[], tf.distribute.Strategy]
) -> None:
    there = strategy()
    with there.scope():
        ours, keras_own = make_optimizer(Optimizer()), keras.optimizers.Adam(0.001)
    expected = trained(keras_own, compiled=compiled, strategy=there)
    found = trained(ours, compiled=compiled, strategy=there)
    started = trained(keras.optimizers.SGD(0.0), compiled=compiled, strategy=there)
    for weights, target, start in zip(found, expected, started, strict=True):
        step = np.abs(target - start).max()
        assert step > 0
        assert np.abs(weights - target).max() < 0.01 * step

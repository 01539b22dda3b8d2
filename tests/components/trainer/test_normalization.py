"""Batch Normalization's averages against the statistics of each batch."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from components.trainer.normalization import measure
from components.trainer.split import Split

PICTURES, BATCH = 100, 16


def bright_and_dark() -> Split:
    """Two classes that differ by their brightness only, the first class first."""
    labels = np.arange(PICTURES) >= PICTURES // 2
    pixels = np.broadcast_to(100 + 50 * labels[:, None, None, None], (PICTURES, 2, 2, 1))
    ids = [str(number) for number in range(PICTURES)]
    return Split(
        tf.constant(pixels.astype(np.uint8)), tf.constant(labels.astype(int)), tf.constant(ids)
    )


@keras.saving.register_keras_serializable("tests")
class Block(keras.layers.Layer):
    """A layer of a user's own with a normalization inside, and Dropout before it."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = keras.layers.Dropout(0.9)
        self.normalization = keras.layers.BatchNormalization()

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        return self.normalization(self.dropout(inputs, training=training), training=training)


def model(middle: keras.layers.Layer) -> keras.Model:
    """Says class 1 of a picture that is brighter than `middle` has it at 0."""
    made = keras.Sequential(
        [
            keras.layers.Input((2, 2, 1)),
            keras.layers.GlobalAveragePooling2D(),
            middle,
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    made.layers[-1].set_weights([np.array([[-9.0, 9.0]]), np.zeros(2)])
    return made


def test_averages_that_have_not_moved_are_told_from_the_batches() -> None:
    unsettled = model(keras.layers.BatchNormalization())  # mean 0: every picture is above
    before = unsettled.get_weights()
    found = measure(unsettled, bright_and_dark(), batch_size=BATCH, seed=1)
    assert found is not None
    assert found.momentum == 0.99
    assert found.pictures == 96  # whole batches
    assert found.batches_right == 96
    assert found.averages_right == 96 - found.only_batches_right < 60
    assert found.only_averages_right == 0
    for weights, kept in zip(unsettled.get_weights(), before, strict=True):
        assert np.array_equal(weights, kept)
    probabilities = unsettled(np.full((1, 2, 2, 1), 0.4, np.float32), training=False)
    assert probabilities.numpy().argmax() == 1  # by the averages again


def test_averages_of_these_pictures_are_as_good() -> None:
    settled = model(keras.layers.BatchNormalization())
    gamma, beta, _, _ = settled.layers[1].get_weights()
    settled.layers[1].set_weights([gamma, beta, np.array([125 / 255]), np.array([0.0096])])
    found = measure(settled, bright_and_dark(), batch_size=BATCH, seed=1)
    assert found is not None
    assert found.averages_right == found.batches_right == 96


def test_a_normalization_inside_of_another_layer_counts_and_dropout_stays_off() -> None:
    found = measure(model(Block()), bright_and_dark(), batch_size=BATCH, seed=1)
    assert found is not None
    assert found.batches_right == 96 > found.averages_right


def test_fewer_pictures_than_a_batch_are_one_batch() -> None:
    found = measure(
        model(keras.layers.BatchNormalization()), bright_and_dark(), batch_size=1000, seed=1
    )
    assert found is not None
    assert found.pictures == PICTURES


def test_without_a_trained_normalization_there_is_nothing_to_measure() -> None:
    frozen = keras.layers.BatchNormalization(trainable=False)
    for middle in (frozen, keras.layers.Dropout(0.5)):
        assert measure(model(middle), bright_and_dark(), batch_size=BATCH, seed=1) is None

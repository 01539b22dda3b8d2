"""A model takes over the weights of an exported one, or says that they do not fit."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.errors import UserError
from components.trainer.base_model import take_over
from components.trainer.export import variables_of
from components.trainer.models.cnn import build_cnn_model
from components.trainer.models.reg_cnn import build_reg_cnn_model

SHAPE = (16, 16, 3)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[keras.Model, str]:
    """A model with weights like no fresh ones, and where it is, as `export` writes it."""
    model = build_reg_cnn_model(SHAPE, 3)
    model.set_weights([np.full_like(weight, 0.5) for weight in model.get_weights()])
    module = tf.Module()
    module.model_variables = variables_of(model)
    folder = str(tmp_path_factory.mktemp("saved"))
    tf.saved_model.save(module, folder)
    return model, folder


def test_all_weights_are_taken_over(exported: tuple[keras.Model, str]) -> None:
    trained, folder = exported
    model = build_reg_cnn_model(SHAPE, 3)
    take_over(model, folder)
    # Batch Normalization's averages are among them.
    for taken, given in zip(model.get_weights(), trained.get_weights(), strict=True):
        assert np.array_equal(taken, given)


@pytest.mark.parametrize("other", [build_cnn_model(SHAPE, 3), build_reg_cnn_model(SHAPE, 2)])
def test_another_architecture_does_not_fit(
    other: keras.Model, exported: tuple[keras.Model, str], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="its weights do not fit: "):
        take_over(other, exported[1])
    with pytest.raises(UserError, match="its weights do not fit: "):
        take_over(other, str(tmp_path))

"""A training whose loss is not a number any more ends at once."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.errors import UserError
from components.pictures import PictureFormat
from components.trainer.fit import fit
from components.trainer.node_settings import TrainerSettings
from components.trainer.settings import Optimizer
from components.trainer.split import Split

FORMAT = PictureFormat(encoded=False, shape=(4, 4, 1), class_names=("dark", "bright"))


def split(pictures: int) -> Split:
    """Dark and bright pictures, one after the other."""
    labels = np.arange(pictures) % 2
    pixels = np.broadcast_to(labels[:, None, None, None] * 200, (pictures, 4, 4, 1))
    ids = [str(number) for number in range(pictures)]
    return Split(tf.constant(pixels.astype(np.uint8)), tf.constant(labels), tf.constant(ids))


def train(folder: Path, rate: float) -> None:
    settings = TrainerSettings(
        node="Trainer.candidate.2",
        model="no.model",
        picture_format=FORMAT,
        input_shape=FORMAT.shape,
        epochs=3,
        batch_size=8,
        optimizer=Optimizer(name="SGD", learning_rate=rate),
        seed=8,
    )
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Input((4, 4, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(4),
            keras.layers.Dense(2, "softmax"),
        ]
    )
    fit(
        model,
        settings,
        split(32),
        split(16),
        transform=None,
        state_dir=folder / "state",
        log_dir=str(folder / "logs"),
    )


@pytest.fixture
def explodes_in_epoch_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the settings say."""
    monkeypatch.setattr(
        Optimizer, "learning_rate_of", lambda self, epoch, epochs: 1e30 if epoch else 0.1
    )


def test_the_line_says_where_it_was_and_what_to_lower(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        train(tmp_path, 1e30)
    text = str(caught.value)
    assert text.startswith("the loss of Trainer.candidate.2 (seed 8) is not a number (nan)")
    assert "epoch 1 of 3, step 2 of 4: the training has diverged" in text
    assert "which is 1e+30: --set candidate.optimizer.learning_rate=0.01" in text


@pytest.mark.usefixtures("explodes_in_epoch_2")
def test_no_state_of_it_is_kept_not_even_a_sound_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="epoch 2 of 3, step 2 of 4.*learning_rate=0.0005"):
        train(tmp_path, 0.005)
    assert not (tmp_path / "state").exists()


def test_a_sound_training_goes_on(tmp_path: Path) -> None:
    train(tmp_path, 0.1)
    states = sorted(path.name for path in (tmp_path / "state").iterdir() if path.is_dir())
    assert states == ["epoch-0002", "epoch-0003"]

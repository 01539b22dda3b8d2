"""Fits a model epoch by epoch: learning curves, best epoch, restart from the last epoch."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from components import names
from components.errors import UserError
from components.progress import emit
from components.trainer import state
from components.trainer.input_pipeline import (
    Transform,
    evaluation_batches,
    training_batches,
)
from components.trainer.node_settings import TrainerSettings
from components.trainer.optimizers import make_optimizer
from components.trainer.split import AnySplit

# Of an evaluation batch: a convolution's output on a whole batch must fit into memory.
_EVAL_PICTURES, _EVAL_NUMBERS = 1024, 1 << 22

# A learning rate that diverges is to be a tenth, and this at most: Keras's default of SGD.
_SOUND_RATE = 0.01


class Fit(NamedTuple):
    """A finished training; the model holds the weights of the best epoch.

    Attributes:
      history: per epoch `epoch` (from 1), `loss`, `accuracy` (while training), `eval_loss`,
        `eval_accuracy` (after the epoch, on split eval), `seconds`. Losses are cross-entropies,
        without what a model adds to be kept small (L2).
      best_epoch: 1 … epochs.
    """

    history: list[dict[str, float]]
    best_epoch: int


def fit(
    model: keras.Model,
    settings: TrainerSettings,
    train: AnySplit,
    held_out: AnySplit,
    *,
    transform: Transform | None,
    state_dir: Path | None,
    log_dir: str,
    xla: bool = False,
    rate_setting: str = "optimizer.learning_rate",
) -> Fit:
    """Trains `model` in place and leaves it with the weights of its best epoch.

    The best epoch is the one with the highest accuracy on split eval, the first of equals:
    accuracy is what the experiment compares.

    Args:
      model: as its builder made it, not compiled; or the head of it, for features.
      settings: of the arm.
      train: training pictures, see `training_batches`.
      held_out: split eval, decoded or as features.
      transform: see `training_batches`.
      state_dir: where the state is kept after each epoch, and looked for; None: nowhere.
      log_dir: for TensorBoard.
      xla: whether XLA compiles the steps.
      rate_setting: where the learning rate is among an arm's settings, for the user.

    Raises:
      UserError: the loss is not a number any more; the state that was kept is removed.
    """
    model.compile(
        optimizer=make_optimizer(settings.optimizer),
        loss=settings.loss,
        metrics=["accuracy", *_cross_entropy(model, settings)],
        jit_compile=xla,
    )
    keeper = _Keeper(settings, state_dir)
    keeper.set_model(model)
    done = keeper.restore()
    if done < settings.epochs:
        evaluation = _labelled_for(model, _in_batches(held_out))
        _make_variables(model, evaluation)
        model.fit(
            _labelled_for(model, _batches(train, settings, done, transform)),
            initial_epoch=done,
            epochs=settings.epochs,
            steps_per_epoch=steps_an_epoch(train.size, settings.batch_size),
            shuffle=False,  # the batches come in their final order
            validation_data=evaluation,
            callbacks=[
                _Divergence(settings, train.size, state_dir, rate_setting),
                _rates(settings),
                keeper,
                _Board(log_dir, write_graph=False),
            ],
            verbose=0,
        )
    model.set_weights(keeper.best_weights)
    return Fit(keeper.history, keeper.best_epoch + 1)


def _make_variables(model: keras.Model, evaluation: tf.data.Dataset) -> None:
    """Those that Keras would make within the first step, which would be traced twice for that."""
    model.optimizer.build(model.trainable_variables)
    model.evaluate(evaluation.unbatch().batch(1), steps=1, verbose=0)


def _batches(
    train: AnySplit, settings: TrainerSettings, first_epoch: int, transform: Transform | None
) -> tf.data.Dataset:
    return training_batches(
        train,
        batch_size=settings.batch_size,
        seed=settings.seed,
        first_epoch=first_epoch,
        epochs=settings.epochs,
        transform=transform,
    )


def steps_an_epoch(pictures: int, batch_size: int) -> int:
    """How many steps an epoch has; the last one may have fewer pictures."""
    return math.ceil(pictures / batch_size)


def evaluate(model: keras.Model, split: AnySplit) -> dict[str, float]:
    """`loss` and `accuracy` of a compiled model on a decoded split, in inference mode."""
    batches = _labelled_for(model, _in_batches(split))
    figures = model.evaluate(batches, verbose=0, return_dict=True)
    return {"loss": _loss_in(figures), "accuracy": figures["accuracy"]}


# A metric of models whose loss has a penalty on the weights, too.
_CROSS_ENTROPY = "cross_entropy"


def _cross_entropy(model: keras.Model, settings: TrainerSettings) -> list[keras.metrics.Metric]:
    if not model.losses:
        return []
    loss = keras.losses.get(settings.loss)
    return [keras.metrics.MeanMetricWrapper(loss, name=_CROSS_ENTROPY)]


def _loss_in(figures: Mapping[str, Any], prefix: str = "") -> float:
    """The cross-entropy among a model's figures."""
    return float(figures.get(prefix + _CROSS_ENTROPY, figures[f"{prefix}loss"]))


def _labelled_for(model: keras.Model, batches: tf.data.Dataset) -> tf.data.Dataset:
    """The batches with labels as the compiled model's loss takes them."""
    if model.loss != "categorical_crossentropy":
        return batches
    classes = model.output_shape[-1]
    return batches.map(lambda inputs, labels: (inputs, tf.one_hot(labels, classes)))


def _in_batches(split: AnySplit) -> tf.data.Dataset:
    a_picture = math.prod(split.picture_shape)
    return evaluation_batches(split, max(1, min(_EVAL_PICTURES, _EVAL_NUMBERS // a_picture)))


def _rates(settings: TrainerSettings) -> keras.callbacks.Callback:
    """Sets each epoch's learning rate."""
    return keras.callbacks.LearningRateScheduler(
        lambda epoch: settings.optimizer.learning_rate_of(epoch, settings.epochs)
    )


class _Board(keras.callbacks.TensorBoard):
    """What TensorBoard shows of each epoch. Of each step Keras would ask, and write nothing."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        pass


class _Divergence(keras.callbacks.Callback):
    """Ends a training whose loss is not a number.

    Such a training never comes back: its weights are not numbers either. The state that was kept
    goes, too. It may be sound, but from there the same settings lead to the same end.
    """

    def __init__(
        self, settings: TrainerSettings, pictures: int, folder: Path | None, rate_setting: str
    ):
        super().__init__()
        self._settings = settings
        self._steps = steps_an_epoch(pictures, settings.batch_size)
        self._folder = folder
        self._rate_setting = rate_setting
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        # The mean of the epoch so far, which a batch's NaN or infinity makes the same.
        if not math.isfinite(logs["loss"]):
            self._end("loss", logs["loss"], f", step {batch + 1} of {self._steps}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if not math.isfinite(logs["val_loss"]):
            self._end("loss on split eval", logs["val_loss"], "")

    def _end(self, what: str, value: float, step: str) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        settings = self._settings
        role, rate = names.role_of(settings.node), settings.optimizer.learning_rate
        raise UserError(
            f"the {what} of {settings.node} (seed {settings.seed}) is not a number ({value:g}) in "
            f"epoch {self._epoch} of {settings.epochs}{step}: the training has diverged. Lower the "
            f"learning rate, which is {rate:g}: --set {role}.{self._rate_setting}="
            f"{min(rate / 10, _SOUND_RATE):g}"
        )


class _Keeper(keras.callbacks.Callback):
    """Keeps history and best weights, saves the state, and reports each epoch."""

    def __init__(self, settings: TrainerSettings, folder: Path | None):
        super().__init__()
        self.history: list[dict[str, float]] = []
        self.best_epoch = 0
        self.best_weights: state.Weights = []
        self._settings = settings
        self._folder = folder
        self._started = 0.0

    def restore(self) -> int:
        """Takes up a saved state, if there is one; returns the number of epochs it has done."""
        saved = state.restore(self._folder, self._tell) if self._folder else None
        if saved is None:
            return 0
        variables = state.all_variables(self.model)
        for variable, value in zip(variables, saved.variables, strict=True):
            variable.assign(value)
        self.history, self.best_epoch = saved.history, saved.best_epoch
        self.best_weights = saved.best_weights
        return len(self.history)

    def _tell(self, damage: str) -> None:
        emit("notice", node=self._settings.node, text=f"{damage}: going on from before it")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = {
            "epoch": epoch + 1,
            "loss": _loss_in(logs),
            "accuracy": float(logs["accuracy"]),
            "eval_loss": _loss_in(logs, "val_"),
            "eval_accuracy": float(logs["val_accuracy"]),
            "seconds": time.monotonic() - self._started,
        }
        self.history.append(figures)
        best = self.history[self.best_epoch]["eval_accuracy"]
        if not self.best_weights or figures["eval_accuracy"] > best:
            self.best_epoch, self.best_weights = epoch, self.model.get_weights()
        if self._folder:
            values = [variable.numpy() for variable in state.all_variables(self.model)]
            state.save(
                self._folder, state.State(self.history, values, self.best_epoch, self.best_weights)
            )
        emit("epoch", node=self._settings.node, epochs=self._settings.epochs, **figures)

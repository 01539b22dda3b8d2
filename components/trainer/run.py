"""What every Trainer node runs, whatever its model: load, fit, measure, export.

The node's `model` artifact holds the SavedModel. Its `model_run` artifact holds
`learning_curves.json` (see `fit.Fit`), `training.json` and the TensorBoard logs.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import time
from pathlib import Path

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs

from components.code import load
from components.trainer.accelerator import set_up
from components.trainer.export import export
from components.trainer.fit import Fit, evaluate, fit
from components.trainer.input_pipeline import (
    Split,
    Transform,
    load_features,
    load_split,
    load_stored,
    transform_function,
)
from components.trainer.models.resnet50_transfer import head_of, unfreeze
from components.trainer.settings import TrainerSettings

CURVES_FILE, TRAINING_FILE = "learning_curves.json", "training.json"


def run_fn(fn_args: FnArgs) -> None:
    """Trains one arm, as TFX's Trainer asks for it.

    Raises:
      UserError: the settings name a model or an optimizer that does not exist.
    """
    settings = TrainerSettings.of(fn_args.custom_config)
    keras.utils.set_random_seed(settings.seed)
    chosen, scope = set_up(settings.accelerator)
    transform = tft.TFTransformOutput(fn_args.transform_output)
    state_dir = _state_dir(settings, fn_args)
    transfer = settings.transfer
    from_features = transfer is not None and transfer.feature_cache
    train, held_out, graph = (_features if from_features else _pictures)(
        settings, fn_args, transform
    )
    started = time.monotonic()
    with scope:
        model = build(settings)
        trainee = head_of(model) if from_features else model
        trained = fit(
            trainee,
            settings,
            train,
            held_out,
            transform=graph,
            state_dir=state_dir,
            log_dir=f"{fn_args.model_run_dir}/tensorboard",
            xla=chosen.xla,
        )
        if transfer and transfer.fine_tune_epochs:
            trained = _fine_tune(
                model, trained, settings, fn_args, transform, state_dir, xla=chosen.xla
            )
            trainee = model
        seconds = time.monotonic() - started

        # The accuracy shown while training is of a network in motion, with dropout on and batch
        # statistics. The generalization gap needs the finished one's, on pictures as they are.
        seen_as_they_are = trainee is not model or not (settings.augment or from_features)
        on_train = evaluate(
            trainee, train if seen_as_they_are else load_split(fn_args.train_files, transform)
        )
    best = trained.history[trained.best_epoch - 1]
    export(
        model,
        transform,
        fn_args.serving_model_dir,
        shape=settings.shape,
        encoded=settings.encoded,
        class_names=settings.class_names,
    )
    summary = {
        "best_epoch": trained.best_epoch,
        "train_accuracy": on_train["accuracy"],
        "train_loss": on_train["loss"],
        "eval_accuracy": best["eval_accuracy"],
        "eval_loss": best["eval_loss"],
        "train_pictures": train.size,
        "eval_pictures": held_out.size,
        "parameters": model.count_params(),
        "weights_sha256": _weights_sha256(model),
        "fit_seconds": seconds,
        "accelerator": dataclasses.asdict(chosen),
    }
    for name, content in ((CURVES_FILE, trained.history), (TRAINING_FILE, summary)):
        with tf.io.gfile.GFile(f"{fn_args.model_run_dir}/{name}", "w") as file:
            file.write(json.dumps(content, indent=1))
    if state_dir:
        shutil.rmtree(state_dir, ignore_errors=True)


def build(settings: TrainerSettings) -> keras.Model:
    """The arm's model, not compiled.

    Raises:
      UserError: there is no such model, or its backbone's weights do not fit.
    """
    build_model = load(settings.model)
    shape, classes = tuple(settings.input_shape), len(settings.class_names)
    transfer = settings.transfer
    if transfer is None:
        return build_model(shape, classes)
    return build_model(
        shape, classes, upsampling=transfer.upsampling, weights=transfer.weights_file
    )


def _features(
    settings: TrainerSettings, fn_args: FnArgs, transform: tft.TFTransformOutput
) -> tuple[Split, Split, None]:
    """What the backbone made of the training pictures and of the held-out ones."""
    assert settings.transfer is not None
    dtype = settings.transfer.feature_dtype
    train = load_features(fn_args.train_files, transform, dtype)
    return train, load_features(fn_args.eval_files, transform, dtype), None


def _pictures(
    settings: TrainerSettings, fn_args: FnArgs, transform: tft.TFTransformOutput
) -> tuple[Split, Split, Transform | None]:
    """Training pictures, held-out ones, and what augments them."""
    held_out = load_split(fn_args.eval_files, transform)
    if not settings.augment:
        return load_split(fn_args.train_files, transform), held_out, None
    encoded_shape = settings.shape if settings.encoded else None
    train = load_stored(fn_args.train_files, transform, encoded_shape)
    return train, held_out, transform_function(transform)


def _fine_tune(
    model: keras.Model,
    before: Fit,
    settings: TrainerSettings,
    fn_args: FnArgs,
    transform: tft.TFTransformOutput,
    state_dir: Path | None,
    *,
    xla: bool,
) -> Fit:
    """Trains the backbone's last blocks too; keeps what was best, before or after."""
    transfer = settings.transfer
    assert transfer is not None
    kept = model.get_weights()
    unfreeze(model, transfer.fine_tune_blocks)
    train, held_out, graph = _pictures(settings, fn_args, transform)
    config = {**settings.optimizer["config"], "learning_rate": transfer.fine_tune_learning_rate}
    after = fit(
        model,
        dataclasses.replace(
            settings,
            epochs=transfer.fine_tune_epochs,
            optimizer={**settings.optimizer, "config": config},
            schedule="constant",
        ),
        train,
        held_out,
        transform=graph,
        state_dir=state_dir / "fine-tuning" if state_dir else None,
        log_dir=f"{fn_args.model_run_dir}/tensorboard/fine-tuning",
        xla=xla,
    )
    done = len(before.history)
    rows = [{**row, "epoch": row["epoch"] + done} for row in after.history]
    history = [*before.history, *rows]
    best = max(range(len(history)), key=lambda index: history[index]["eval_accuracy"])
    if best < done:
        model.set_weights(kept)
    return Fit(history, best + 1)


def _weights_sha256(model: keras.Model) -> str:
    """Tells whether two trainings ended with the very same weights."""
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()


def _state_dir(settings: TrainerSettings, fn_args: FnArgs) -> Path | None:
    """A folder of its own for this training: these data, this transform graph, these settings."""
    if not settings.state_dir:
        return None
    told = json.dumps(
        [
            dataclasses.asdict(settings),
            sorted(fn_args.train_files),
            sorted(fn_args.eval_files),
            fn_args.transform_output,
        ]
    )
    return Path(settings.state_dir) / hashlib.sha256(told.encode()).hexdigest()[:16]

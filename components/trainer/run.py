"""What every Trainer node runs, whatever its model: load, fit, measure, export.

The node's `model` artifact holds the SavedModel. Its `model_run` artifact holds
`learning_curves.json` (see `fit.Fit`), `summary.json` and the TensorBoard logs.
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
from components.trainer.export import export
from components.trainer.fit import evaluate, fit
from components.trainer.input_pipeline import load_split, load_stored, transform_function
from components.trainer.settings import TrainerSettings

CURVES_FILE, SUMMARY_FILE = "learning_curves.json", "summary.json"


def run_fn(fn_args: FnArgs) -> None:
    """Trains one arm, as TFX's Trainer asks for it.

    Raises:
      UserError: the settings name a model or an optimizer that does not exist.
    """
    settings = TrainerSettings(**fn_args.custom_config)
    build_model = load(settings.model)
    keras.utils.set_random_seed(settings.seed)
    model = build_model(tuple(settings.input_shape), len(settings.class_names))

    transform = tft.TFTransformOutput(fn_args.transform_output)
    if settings.augment:
        encoded_shape = settings.shape if settings.encoded else None
        train = load_stored(fn_args.train_files, transform, encoded_shape)
    else:
        train = load_split(fn_args.train_files, transform)
    held_out = load_split(fn_args.eval_files, transform)
    graph = transform_function(transform) if settings.augment else None
    state_dir = _state_dir(settings, fn_args)
    started = time.monotonic()
    trained = fit(
        model,
        settings,
        train,
        held_out,
        transform=graph,
        state_dir=state_dir,
        log_dir=f"{fn_args.model_run_dir}/tensorboard",
    )
    seconds = time.monotonic() - started

    # The accuracy shown while training is of a network in motion, with dropout on and batch
    # statistics. The generalization gap needs the finished network's, on pictures as they are.
    as_they_are = load_split(fn_args.train_files, transform) if settings.augment else train
    on_train = evaluate(model, as_they_are)
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
    }
    for name, content in ((CURVES_FILE, trained.history), (SUMMARY_FILE, summary)):
        with tf.io.gfile.GFile(f"{fn_args.model_run_dir}/{name}", "w") as file:
            file.write(json.dumps(content, indent=1))
    if state_dir:
        shutil.rmtree(state_dir, ignore_errors=True)


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

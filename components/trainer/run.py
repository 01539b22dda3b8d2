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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx.components.trainer.fn_args_utils import FnArgs

from components.code import load
from components.environment import set_keras
from components.learning_record import CURVES_FILE, TRAINING_FILE, Normalization
from components.progress import emit
from components.settings import from_json, to_json
from components.trainer.accelerator import Chosen, set_up, use_threads
from components.trainer.base_model import take_over
from components.trainer.builders import BACKBONE_ARGUMENTS, checked_model
from components.trainer.export import export
from components.trainer.fit import Fit, evaluate, fit, steps_an_epoch
from components.trainer.input_pipeline import (
    Transform,
    load_features,
    load_split,
    load_stored,
    transform_function,
)
from components.trainer.node_settings import TrainerSettings
from components.trainer.normalization import measure
from components.trainer.split import AnySplit, Streamed
from components.trainer.transfer import head_of
from components.trainer.tuned import with_values

#: Key of the settings, as JSON, in the Trainer's `custom_config`.
SETTINGS = "settings"


@dataclass(frozen=True)
class _Trained:
    """A finished training.

    Attributes:
      model: the whole, with the weights of its best epoch.
      fit: see `components.trainer.fit.Fit`.
      on_train: `loss` and `accuracy` of the finished model on training pictures as they are.
      normalization: whether its moving averages have settled.
      pictures: number of pictures by split.
      seconds: time of the training.
      accelerator: what was made of the machine.
    """

    model: keras.Model
    fit: Fit
    on_train: dict[str, float]
    normalization: Normalization | None
    pictures: dict[str, int]
    seconds: float
    accelerator: Chosen


def run_fn(fn_args: FnArgs) -> None:
    """Trains one arm, as TFX's Trainer asks for it.

    Raises:
      UserError: the settings name a model or an optimizer that does not exist.
    """
    settings = from_json(TrainerSettings, fn_args.custom_config[SETTINGS])
    if fn_args.hyperparameters:
        settings = with_values(settings, fn_args.hyperparameters["values"])
    use_threads(settings.accelerator)
    set_keras()
    keras.utils.set_random_seed(settings.seed)
    transform = tft.TFTransformOutput(fn_args.transform_graph_path)
    state_dir = state_folder(settings, fn_args)
    trained = _train(settings, fn_args, transform, state_dir)
    export(trained.model, transform, fn_args.serving_model_dir, settings.picture_format)
    for name, content in (
        (CURVES_FILE, trained.fit.history),
        (TRAINING_FILE, _summary(trained, settings)),
    ):
        with tf.io.gfile.GFile(f"{fn_args.model_run_dir}/{name}", "w") as file:
            file.write(json.dumps(content, indent=1, allow_nan=False))
    if state_dir:
        shutil.rmtree(state_dir, ignore_errors=True)


def _train(
    settings: TrainerSettings,
    fn_args: FnArgs,
    transform: tft.TFTransformOutput,
    state_dir: Path | None,
) -> _Trained:
    chosen, scope = set_up(settings.accelerator)
    transfer = settings.transfer
    from_features = transfer is not None and transfer.feature_cache
    train, held_out, graph = inputs(settings, fn_args, transform)
    if isinstance(train, Streamed):
        emit("notice", node=settings.node, text=_of_streaming(train, settings))
    started = time.monotonic()
    with scope:
        model = build(settings)
        if fn_args.base_model:
            take_over(model, fn_args.base_model)
        trainee = head_of(model) if from_features else model
        fitted = fit(
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
            fitted = _fine_tune(
                model, fitted, settings, fn_args, transform, state_dir, xla=chosen.xla
            )
            trainee = model
        seconds = time.monotonic() - started

        # The accuracy shown while training is of a network in motion, with dropout on and batch
        # statistics. The generalization gap needs the finished one's, on pictures as they are.
        seen_as_they_are = trainee is not model or not (settings.augment or from_features)
        as_they_are = (
            train
            if seen_as_they_are
            else load_split(fn_args.train_files, transform, settings.accelerator.cache_bytes)
        )
        on_train = evaluate(trainee, as_they_are)
        normalization = measure(
            trainee, as_they_are, batch_size=settings.batch_size, seed=settings.seed
        )
    pictures = {"train": train.size, "eval": held_out.size}
    return _Trained(model, fitted, on_train, normalization, pictures, seconds, chosen)


def _summary(trained: _Trained, settings: TrainerSettings) -> dict[str, Any]:
    """What `TRAINING_FILE` holds; see also `components.learning_record.LearningRecord`."""
    best = trained.fit.history[trained.fit.best_epoch - 1]
    normalization = trained.normalization
    return {
        "seed": settings.seed,
        "epochs": len(trained.fit.history),
        "best_epoch": trained.fit.best_epoch,
        "steps_per_epoch": steps_an_epoch(trained.pictures["train"], settings.batch_size),
        "steps_before": settings.steps_before,
        "learning_rate": settings.optimizer.learning_rate,
        "schedule": settings.optimizer.schedule,
        "normalization": dataclasses.asdict(normalization) if normalization else None,
        "train_accuracy": trained.on_train["accuracy"],
        "train_loss": trained.on_train["loss"],
        "eval_accuracy": best["eval_accuracy"],
        "eval_loss": best["eval_loss"],
        "train_pictures": trained.pictures["train"],
        "eval_pictures": trained.pictures["eval"],
        "parameters": trained.model.count_params(),
        "weights_sha256": _weights_sha256(trained.model),
        "fit_seconds": trained.seconds,
        "accelerator": dataclasses.asdict(trained.accelerator),
    }


def build(settings: TrainerSettings) -> keras.Model:
    """The arm's model, not compiled.

    Raises:
      UserError: there is no such model or it is none, or its backbone's weights do not fit.
    """
    build_model = load(settings.model)
    shape, classes = settings.input_shape, len(settings.picture_format.class_names)
    transfer = settings.transfer
    of_backbone: dict[str, Any] = {}
    if transfer is not None:
        values = (transfer.upsampling, transfer.weights_file)
        of_backbone = dict(zip(BACKBONE_ARGUMENTS, values, strict=True))
    model = build_model(shape, classes, **settings.arguments, **of_backbone)
    return checked_model(settings.model, model)


def inputs(
    settings: TrainerSettings, fn_args: FnArgs, transform: tft.TFTransformOutput
) -> tuple[AnySplit, AnySplit, Transform | None]:
    """Training pictures, held-out ones, and what augments them; or their features."""
    if settings.transfer is not None and settings.transfer.feature_cache:
        return _features(settings, fn_args, transform)
    return _pictures(settings, fn_args, transform)


def _of_streaming(train: Streamed, settings: TrainerSettings) -> str:
    return (
        f"{train.size:,} training pictures take more than {settings.accelerator.cache_mib:,} MiB: "
        f"they are read anew in every epoch, and mixed {train.buffer:,} at a time "
        "(accelerator.cache_mib)"
    )


def _features(
    settings: TrainerSettings, fn_args: FnArgs, transform: tft.TFTransformOutput
) -> tuple[AnySplit, AnySplit, None]:
    """What the backbone made of the training pictures and of the held-out ones."""
    assert settings.transfer is not None
    dtype, memory = settings.transfer.feature_dtype, settings.accelerator.cache_bytes
    train = load_features(fn_args.train_files, dtype, memory)
    return train, load_features(fn_args.eval_files, dtype, memory), None


def _pictures(
    settings: TrainerSettings, fn_args: FnArgs, transform: tft.TFTransformOutput
) -> tuple[AnySplit, AnySplit, Transform | None]:
    """Training pictures, held-out ones, and what augments them."""
    memory = settings.accelerator.cache_bytes
    held_out = load_split(fn_args.eval_files, transform, memory)
    if not settings.augment:
        return load_split(fn_args.train_files, transform, memory), held_out, None
    train = load_stored(fn_args.train_files, settings.picture_format, memory)
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
    load(settings.model).unfreeze(model, transfer.fine_tune_blocks)
    train, held_out, graph = _pictures(settings, fn_args, transform)
    optimizer = dataclasses.replace(
        settings.optimizer,
        learning_rate=transfer.fine_tune_learning_rate,
        schedule="constant",
    )
    after = fit(
        model,
        dataclasses.replace(
            settings,
            epochs=transfer.fine_tune_epochs,
            optimizer=optimizer,
        ),
        train,
        held_out,
        transform=graph,
        state_dir=state_dir / "fine-tuning" if state_dir else None,
        log_dir=f"{fn_args.model_run_dir}/tensorboard/fine-tuning",
        xla=xla,
        rate_setting="fine_tune_learning_rate",
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


def state_folder(settings: TrainerSettings, fn_args: FnArgs) -> Path | None:
    """A folder of its own for this training: these data, this transform graph, these settings."""
    if not settings.state_dir:
        return None
    identity = json.dumps(
        [
            to_json(settings),
            sorted(fn_args.train_files),
            sorted(fn_args.eval_files),
            fn_args.transform_graph_path,
        ]
    )
    return Path(settings.state_dir) / hashlib.sha256(identity.encode()).hexdigest()[:16]

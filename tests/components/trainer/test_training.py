"""Input pipeline, fit, restart and export, on a small data set that went through Transform."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tfx.components.trainer.fn_args_utils import FnArgs

from components.ingestion.formats.idx_file import iter_idx
from components.serving.answer import ask
from components.settings import to_json
from components.trainer import run, state
from components.trainer.accelerator import Chosen
from components.trainer.export import export
from components.trainer.fit import Fit, fit
from components.trainer.input_pipeline import (
    evaluation_batches,
    training_batches,
    transform_function,
)
from components.trainer.node_settings import TrainerSettings
from components.trainer.settings import Optimizer
from components.transform.preprocessing import TransformSettings
from tests.components.ingestion.test_example_gen import FORMAT, NAMES
from tests.components.trainer.preparation import Prepared, prepare
from tests.conftest import write_idx_folder


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("prepared")
    folder = write_idx_folder(root / "data", train=400, test=1000)
    return prepare(
        root, folder, settings=TransformSettings(picture_format=FORMAT, augmentation="fashion")
    )


def settings(**changes: Any) -> TrainerSettings:
    values: dict[str, Any] = {
        "node": "Trainer.candidate",
        "model": f"{__name__}.build_small_model",
        "picture_format": FORMAT,
        "input_shape": (28, 28, 1),
        "epochs": 4,
        "batch_size": 32,
        "optimizer": Optimizer(name="Adam", learning_rate=0.003),
        "loss": "sparse_categorical_crossentropy",
        "augment": False,
        "seed": 1,
        "state_dir": "",
        "code": "",
    }
    return TrainerSettings(**{**values, **changes})


def build_small_model(shape: tuple[int, ...], classes: int) -> keras.Model:
    """Small, with all that keeps a state: normalization, dropout, an optimizer with slots."""
    return keras.Sequential(
        [
            keras.layers.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Dense(24),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def train(
    prepared: Prepared, state_dir: Path | None, log_dir: Path, **changes: Any
) -> tuple[keras.Model, Fit]:
    told = settings(**changes)
    keras.utils.set_random_seed(told.seed)
    model = build_small_model((28, 28, 1), 10)
    graph = transform_function(prepared.output()) if told.augment else None
    result = fit(
        model,
        told,
        prepared.load("train", augmented=told.augment),
        prepared.load("eval"),
        transform=graph,
        state_dir=state_dir,
        log_dir=str(log_dir),
    )
    return model, result


def figures(fitted: Fit) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in fitted.history]


def batches(dataset: tf.data.Dataset) -> list[np.ndarray]:
    return [pixels for pixels, _ in dataset.as_numpy_iterator()]


def test_decoded_pictures_are_the_pictures_of_the_file(prepared: Prepared) -> None:
    test = prepared.load("test")
    pixels = next(iter_idx(prepared.folder / "t10k-images-idx3-ubyte.gz"))
    assert np.array_equal(test.pictures.numpy()[..., 0], pixels)
    assert test.labels.numpy().tolist() == [i % 10 for i in range(1000)]


def test_an_epoch_holds_every_picture_once_in_an_order_of_its_own(prepared: Prepared) -> None:
    split = prepared.load("train")
    steps = -(-split.size // 32)
    found = batches(training_batches(split, batch_size=32, seed=1, first_epoch=0, epochs=2))
    epochs = [np.concatenate(found[:steps]), np.concatenate(found[steps:])]
    assert len(found) == 2 * steps
    assert not np.array_equal(epochs[0], epochs[1])
    for epoch in epochs:
        rows = sorted(picture.tobytes() for picture in epoch)
        decoded = split.pictures.numpy().astype(np.float32) / np.float32(255)
        assert rows == sorted(picture.tobytes() for picture in decoded)


def test_a_restart_at_an_epoch_sees_the_batches_it_would_have_seen(prepared: Prepared) -> None:
    split = prepared.load("train")
    steps = -(-split.size // 32)
    whole = batches(training_batches(split, batch_size=32, seed=1, first_epoch=0, epochs=3))
    rest = batches(training_batches(split, batch_size=32, seed=1, first_epoch=2, epochs=3))
    assert all(np.array_equal(a, b) for a, b in zip(whole[2 * steps :], rest, strict=True))


def test_augmentation_is_new_each_epoch_and_the_same_each_run(prepared: Prepared) -> None:
    stored = prepared.load("train", augmented=True)
    graph = transform_function(prepared.output())

    def drawn(seed: int) -> list[np.ndarray]:
        dataset = training_batches(
            stored, batch_size=1000, seed=seed, first_epoch=0, epochs=2, transform=graph
        )
        return [np.sort(batch.sum(axis=(1, 2, 3))) for batch in batches(dataset)]

    first, second = drawn(1)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, drawn(1)[0])
    assert not np.array_equal(first, drawn(2)[0])


def test_evaluation_sees_the_pictures_as_they_are(prepared: Prepared) -> None:
    split = prepared.load("eval")
    seen = np.concatenate(batches(evaluation_batches(split, 7)))
    assert np.array_equal(seen, split.pictures.numpy().astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("augment", [False, True])
def test_one_seed_gives_one_training(prepared: Prepared, tmp_path: Path, augment: bool) -> None:
    one, again, other = (
        train(prepared, None, tmp_path / "logs", epochs=2, augment=augment, seed=seed)
        for seed in (1, 1, 2)
    )
    assert figures(one[1]) == figures(again[1])
    assert all(map(np.array_equal, one[0].get_weights(), again[0].get_weights()))
    assert figures(one[1]) != figures(other[1])


@pytest.mark.parametrize(
    "optimizer",
    [Optimizer(learning_rate=0.003), Optimizer(learning_rate=0.003, schedule="cosine")],
)
def test_a_training_that_was_killed_goes_on_as_if_nothing_had_happened(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: Optimizer
) -> None:
    whole, expected = train(prepared, None, tmp_path / "logs", optimizer=optimizer)
    saved = state.save

    def save_then_die(folder: Path, what: state.State) -> None:
        saved(folder, what)
        if len(what.history) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(state, "save", save_then_die)
    with pytest.raises(KeyboardInterrupt):
        train(prepared, tmp_path / "state", tmp_path / "logs", optimizer=optimizer)
    monkeypatch.setattr(state, "save", saved)
    resumed, found = train(prepared, tmp_path / "state", tmp_path / "logs", optimizer=optimizer)
    assert figures(found) == figures(expected)
    assert found.best_epoch == expected.best_epoch
    assert all(map(np.array_equal, resumed.get_weights(), whole.get_weights()))


def kept_after(folder: Path, epochs: int) -> list[str]:
    """Saves a state after each of some epochs; what is kept of them."""
    for epoch in range(1, epochs + 1):
        arrays = [np.full(3, float(epoch))]
        history = [{"epoch": float(each)} for each in range(1, epoch + 1)]
        state.save(folder, state.State(history, arrays, 0, arrays))
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def test_a_half_written_state_is_not_taken_up(tmp_path: Path) -> None:
    assert kept_after(tmp_path, 1) == ["epoch-0001"]
    (tmp_path / "epoch-0002.part").mkdir()
    (tmp_path / "epoch-0003").mkdir()  # renamed, and then killed before its manifest was written
    damaged: list[str] = []
    restored = state.restore(tmp_path, damaged.append)
    assert restored is not None
    assert restored.history == [{"epoch": 1.0}]
    assert np.array_equal(restored.variables[0], np.ones(3))
    assert damaged == ["the training's state after epoch-0003 is damaged (it was not finished)"]


@pytest.mark.parametrize("file", ["variables.npz", "best.npz", "state.json"])
@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_a_damaged_state_is_told_and_the_one_before_it_taken_up(
    tmp_path: Path, file: str, content: bytes
) -> None:
    assert kept_after(tmp_path, 4) == ["epoch-0003", "epoch-0004"]
    (tmp_path / "epoch-0004" / file).write_bytes(content)
    damaged: list[str] = []
    restored = state.restore(tmp_path, damaged.append)
    assert restored is not None
    assert len(restored.history) == 3
    assert f"({file} has another size)" in damaged[0]
    (tmp_path / "epoch-0003" / file).write_bytes(content)
    assert state.restore(tmp_path, damaged.append) is None
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_the_model_keeps_the_weights_of_its_best_epoch(prepared: Prepared, tmp_path: Path) -> None:
    model, fitted = train(prepared, None, tmp_path / "logs", epochs=5)
    accuracies = [row["eval_accuracy"] for row in fitted.history]
    assert fitted.best_epoch == accuracies.index(max(accuracies)) + 1
    evaluated = model.evaluate(
        evaluation_batches(prepared.load("eval"), 1024), verbose=0, return_dict=True
    )
    assert evaluated["accuracy"] == pytest.approx(max(accuracies), abs=1e-6)


def test_the_learning_rate_follows_its_schedule() -> None:
    cosine, constant = Optimizer(learning_rate=0.003, schedule="cosine"), Optimizer()
    falling = [cosine.learning_rate_of(epoch, 4) for epoch in range(4)]
    assert falling == pytest.approx([0.003, 0.00256, 0.0015, 0.00044], abs=1e-5)
    assert {constant.learning_rate_of(epoch, 4) for epoch in range(4)} == {0.001}


def run_node(prepared: Prepared, root: Path) -> Path:
    """Runs the node's work; returns the folder of its outputs."""
    trainer = settings(epochs=2, state_dir=str(root / "state"))
    run.run_fn(
        FnArgs(
            custom_config={run.SETTINGS: to_json(trainer)},
            transform_graph_path=prepared.graph,
            hyperparameters=None,
            train_files=prepared.files("train"),
            eval_files=prepared.files("eval"),
            model_run_dir=str(root / "model_run"),
            serving_model_dir=str(root / "model"),
        )
    )
    return root


@pytest.fixture(scope="module")
def exported(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's outputs, as `run_fn` leaves them."""
    return run_node(prepared, tmp_path_factory.mktemp("node"))


def test_a_strategy_for_several_devices_trains_and_exports_the_same(
    prepared: Prepared, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = Chosen("CPU", mixed_precision=False, xla=False, replicas=1)
    strategy = tf.distribute.MirroredStrategy(["/cpu:0"])
    monkeypatch.setattr(run, "set_up", lambda _: (chosen, strategy.scope()))
    run_node(prepared, tmp_path)
    summaries = [
        json.loads((folder / "model_run" / "training.json").read_text())
        for folder in (exported, tmp_path)
    ]
    assert summaries[1]["train_accuracy"] == pytest.approx(summaries[0]["train_accuracy"], abs=0.1)
    records = tf.data.TFRecordDataset(tf.io.gfile.glob(prepared.files("test")), "GZIP")
    model = tf.saved_model.load(str(tmp_path / "model"))
    serialized = tf.constant(list(records.as_numpy_iterator()))
    probabilities = model.signatures["evaluate"](examples=serialized)["probabilities"]
    assert np.allclose(probabilities.numpy().sum(axis=1), 1, atol=1e-5)


def test_the_node_keeps_curves_summary_and_logs_but_no_state(exported: Path) -> None:
    curves = json.loads((exported / "model_run" / "learning_curves.json").read_text())
    assert [row["epoch"] for row in curves] == [1, 2]
    summary = json.loads((exported / "model_run" / "training.json").read_text())
    assert summary["parameters"] == 28 * 28 * 24 + 24 + 4 * 24 + 24 * 10 + 10
    assert summary["train_pictures"] + summary["eval_pictures"] == 400
    assert any((exported / "model_run" / "tensorboard").rglob("events.out.*"))
    assert not list((exported / "state").glob("*"))


def png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "png")
    return file.getvalue()


def test_encoded_pictures_are_served_as_examples_are_evaluated(
    prepared: Prepared, exported: Path
) -> None:
    model = tf.saved_model.load(str(exported / "model"))
    pixels = next(iter_idx(prepared.folder / "t10k-images-idx3-ubyte.gz"))
    served = model.signatures["serving_default"](image=tf.constant([png(p) for p in pixels]))
    records = list(
        tf.data.TFRecordDataset(
            tf.io.gfile.glob(prepared.files("test")), "GZIP"
        ).as_numpy_iterator()
    )
    evaluated = model.signatures["evaluate"](examples=tf.constant(records))
    difference = np.abs(served["probabilities"] - evaluated["probabilities"]).max()
    assert difference <= 1e-6
    best = served["probabilities"].numpy().argmax(axis=1)
    assert served["class_id"].numpy().tolist() == best.tolist()
    assert served["class_name"].numpy().tolist() == [NAMES[i].encode() for i in best]


def test_what_is_served_is_what_transform_and_model_give(
    prepared: Prepared, tmp_path: Path
) -> None:
    model, _ = train(prepared, None, tmp_path / "logs", epochs=1)
    output = prepared.output()
    export(model, output, str(tmp_path / "model"), FORMAT)
    test = prepared.load("test")
    expected = model.predict(evaluation_batches(test, 1000), verbose=0)
    served = tf.saved_model.load(str(tmp_path / "model")).signatures["serving_default"](
        image=tf.constant([png(picture[..., 0]) for picture in test.pictures.numpy()])
    )
    assert expected.shape == (1000, 10)
    assert np.abs(served["probabilities"] - expected).max() <= 1e-6


def test_the_exported_model_holds_weights_and_no_optimizer(exported: Path) -> None:
    names = [
        name for name, _ in tf.train.list_variables(str(exported / "model/variables/variables"))
    ]
    weights = [name for name in names if name.startswith("model_variables/")]
    assert len(weights) == 2 + 4 + 2  # Dense, Batch Normalization, Dense
    assert not [name for name in names if "optimizer" in name]


def test_the_exported_model_needs_no_python(exported: Path) -> None:
    picture = png(np.full((28, 28), 200, np.uint8))
    served = tf.saved_model.load(str(exported / "model")).signatures["serving_default"]
    expected = served(image=tf.constant([picture]))["probabilities"].numpy()
    answers = ask(exported / "model", [picture])  # by the graph alone, as TensorFlow Serving does
    assert np.abs(answers.probabilities - expected).max() <= 1e-6


def test_a_picture_of_another_size_or_colour_is_fitted(exported: Path) -> None:
    model = tf.saved_model.load(str(exported / "model"))
    colour = np.random.default_rng(0).integers(0, 255, (60, 40, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(colour).save(file, "jpeg")
    served = model.signatures["serving_default"](image=tf.constant([file.getvalue()]))
    assert served["probabilities"].shape == (1, 10)
    assert float(tf.reduce_sum(served["probabilities"])) == pytest.approx(1, abs=1e-5)


def test_what_is_no_picture_is_answered_as_such_among_others(exported: Path) -> None:
    served = tf.saved_model.load(str(exported / "model")).signatures["serving_default"]
    good = png(np.full((28, 28), 200, np.uint8))
    alone, among = served(image=tf.constant([good])), served(image=tf.constant([b"none", good]))
    assert among["valid"].numpy().tolist() == [False, True]
    assert among["class_id"].numpy()[0] == -1
    assert among["class_name"].numpy()[0] == b""
    assert not among["probabilities"].numpy()[0].any()
    assert among["probabilities"].numpy()[1] == pytest.approx(alone["probabilities"].numpy()[0])


def test_pixels_are_answered_like_files(exported: Path) -> None:
    model = tf.saved_model.load(str(exported / "model"))
    pixels = np.random.default_rng(0).integers(0, 255, (3, 28, 28, 1), dtype=np.uint8)
    files = tf.constant([png(picture[..., 0]) for picture in pixels])
    expected = model.signatures["serving_default"](image=files)["probabilities"]
    [answer] = model.signatures["from_pixels"](pixels=tf.constant(pixels)).values()
    assert np.abs(answer - expected).max() <= 1e-6

"""Splits that fit into memory, and splits that do not: what a training gets of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tfx.components.trainer.fn_args_utils import FnArgs

from components.examples import records
from components.progress import EVENTS_FILE
from components.settings import to_json
from components.trainer import run, state
from components.trainer.accelerator import Accelerator
from components.trainer.fit import Fit, fit
from components.trainer.input_pipeline import (
    Transform,
    evaluation_batches,
    load_features,
    load_split,
    load_stored,
    training_batches,
    transform_function,
)
from components.trainer.normalization import measure
from components.trainer.split import AnySplit, Split, Streamed
from components.transform.preprocessing import TransformSettings
from tests.components.ingestion.test_example_gen import FORMAT
from tests.components.trainer.preparation import Prepared, prepare
from tests.components.trainer.test_training import build_small_model, figures, settings
from tests.conftest import write_idx_folder

SMALL = 100_000  # bytes: 127 pictures
ENOUGH = 1 << 30


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """400 training pictures, in eight files."""
    root = tmp_path_factory.mktemp("split")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("components.ingestion.formats.idx._PICTURES_PER_SHARD", 50)
        return prepare(
            root,
            write_idx_folder(root / "data", train=400, test=200),
            settings=TransformSettings(picture_format=FORMAT, augmentation="fashion"),
        )


def load(prepared: Prepared, memory: int | None, *, augmented: bool = False) -> AnySplit:
    files = prepared.files("train")
    if augmented:
        return load_stored(files, prepared.picture_format, memory)
    return load_split(files, prepared.output(), memory)


def batches(
    split: AnySplit,
    seed: int = 1,
    first: int = 0,
    transform: Transform | None = None,
) -> list[Any]:
    dataset = training_batches(
        split, batch_size=32, seed=seed, first_epoch=first, epochs=3, transform=transform
    )
    return list(dataset.as_numpy_iterator())


def test_what_fits_is_kept_whatever_the_bound_is(prepared: Prepared) -> None:
    kept, unbounded = load(prepared, ENOUGH), load(prepared, None)
    assert isinstance(kept, Split)
    for one, other in zip(batches(kept), batches(unbounded), strict=True):
        assert all(map(np.array_equal, one, other))


def test_an_epoch_of_what_does_not_fit_has_every_picture_once(prepared: Prepared) -> None:
    kept, streamed = load(prepared, None), load(prepared, SMALL)
    assert isinstance(kept, Split)
    assert isinstance(streamed, Streamed)
    assert len(streamed.files) == 8
    assert (streamed.size, streamed.picture_shape) == (kept.size, kept.picture_shape)
    assert 20 < streamed.buffer < 40
    found = batches(streamed)
    steps = -(-kept.size // 32)
    assert [len(labels) for _, labels in found[:steps]] == [32] * (steps - 1) + [kept.size % 32]
    pictures = np.concatenate([pixels for pixels, _ in found])
    labels = np.concatenate([labels for _, labels in found])
    expected = sorted(
        (pixels.astype(np.float32) / np.float32(255)).tobytes() + bytes([label])
        for pixels, label in zip(kept.pictures.numpy(), kept.labels.numpy(), strict=True)
    )
    orders = []
    for epoch in range(3):
        rows = slice(epoch * kept.size, (epoch + 1) * kept.size)
        order = [
            pixels.tobytes() + bytes([label])
            for pixels, label in zip(pictures[rows], labels[rows], strict=True)
        ]
        assert sorted(order) == expected
        orders.append(order)
    assert orders[0] != orders[1] != orders[2]
    early = {place for place, row in enumerate(orders[0]) if expected.index(row) < 50}
    assert max(early) - min(early) > 200  # mixed, and not file by file


@pytest.mark.parametrize("memory", [None, SMALL])
def test_nothing_that_is_read_waits_for_a_tuner(prepared: Prepared, memory: int | None) -> None:
    split = load(prepared, memory)
    trained = training_batches(split, batch_size=32, seed=1, first_epoch=0, epochs=3)
    for dataset in (records(*prepared.files("train")), trained, evaluation_batches(split, 32)):
        assert dataset.options().autotune.enabled is False


@pytest.mark.parametrize("augmented", [False, True])
def test_one_seed_gives_one_order_from_any_epoch_on(prepared: Prepared, augmented: bool) -> None:
    split = load(prepared, SMALL, augmented=augmented)
    graph = transform_function(prepared.output()) if augmented else None
    whole = batches(split, transform=graph)
    again = batches(load(prepared, SMALL, augmented=augmented), transform=graph)
    rest = batches(split, first=2, transform=graph)
    other = batches(split, seed=2, transform=graph)
    for one, same in [
        *zip(whole, again, strict=True),
        *zip(whole[-len(rest) :], rest, strict=True),
    ]:
        assert all(map(np.array_equal, one, same))
    assert not all(np.array_equal(one[0], each[0]) for one, each in zip(whole, other, strict=True))


def test_an_augmented_picture_is_the_same_wherever_it_is_kept(prepared: Prepared) -> None:
    graph = transform_function(prepared.output())
    kept, streamed = (
        np.concatenate([pixels for pixels, _ in batches(split, transform=graph)])
        for split in (load(prepared, memory, augmented=True) for memory in (None, SMALL))
    )
    for epoch in np.split(np.arange(len(kept)), 3):
        sums = [np.sort(pixels[epoch].sum(axis=(1, 2, 3))) for pixels in (kept, streamed)]
        assert np.allclose(sums[0], sums[1], rtol=1e-5)


def test_evaluation_and_samples_are_the_same(prepared: Prepared) -> None:
    kept, streamed = load(prepared, None), load(prepared, SMALL)
    for one, other in zip(
        evaluation_batches(kept, 64), evaluation_batches(streamed, 64), strict=True
    ):
        assert all(map(np.array_equal, one, other))
    order = np.random.default_rng(0).permutation(kept.size)[:300]
    for column, same in zip(kept.chosen(order), streamed.chosen(order), strict=True):
        assert np.array_equal(column, same)
    model = build_small_model((28, 28, 1), 10)
    assert measure(model, kept, batch_size=32, seed=1) == measure(
        model, streamed, batch_size=32, seed=1
    )


def test_features_of_a_backbone_are_streamed_too(tmp_path: Path) -> None:
    values = np.arange(120, dtype=np.float32).reshape(10, 3, 4)  # pictures, views, features
    for file in range(2):
        with tf.io.TFRecordWriter(str(tmp_path / f"{file}.gz"), "GZIP") as writer:
            for number in range(5 * file, 5 * file + 5):
                example = tf.train.Example()
                feature = example.features.feature
                views = [view.tobytes() for view in values[number]]
                feature["backbone"].bytes_list.value.extend(views)
                feature["label"].int64_list.value.append(number)
                feature["example_id"].bytes_list.value.append(b"%d" % number)
                writer.write(example.SerializeToString())
    split = load_features([f"{tmp_path}/*"], "float32", 100)
    assert isinstance(split, Streamed)
    for epoch in (0, 1):
        dataset = training_batches(split, batch_size=3, seed=1, first_epoch=epoch, epochs=epoch + 1)
        pixels, labels = map(np.concatenate, zip(*dataset.as_numpy_iterator(), strict=True))
        assert np.array_equal(pixels, values[labels, 1 + epoch])
        assert sorted(labels) == list(range(10))


def train(
    prepared: Prepared, memory: int | None, logs: Path, state_dir: Path | None = None
) -> tuple[keras.Model, Fit]:
    keras.utils.set_random_seed(1)
    model = build_small_model((28, 28, 1), 10)
    held_out = load_split(prepared.files("eval"), prepared.output(), memory and 1)
    fitted = fit(
        model,
        settings(epochs=2),
        load(prepared, memory),
        held_out,
        transform=None,
        state_dir=state_dir,
        log_dir=str(logs),
    )
    return model, fitted


@pytest.mark.filterwarnings("error:Your input ran out of data")
def test_a_streamed_training_goes_on_as_if_nothing_had_happened(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, expected = train(prepared, SMALL, tmp_path / "logs")
    assert expected.history[-1]["eval_accuracy"] > 0.2
    saved = state.save

    def save_then_die(folder: Path, what: state.State) -> None:
        saved(folder, what)
        if len(what.history) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(state, "save", save_then_die)
    with pytest.raises(KeyboardInterrupt):
        train(prepared, SMALL, tmp_path / "logs", tmp_path / "state")
    monkeypatch.setattr(state, "save", saved)
    resumed, found = train(prepared, SMALL, tmp_path / "logs", tmp_path / "state")
    assert figures(found) == figures(expected)
    assert all(map(np.array_equal, resumed.get_weights(), whole.get_weights()))


def test_the_node_says_that_it_streams(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Accelerator, "cache_bytes", SMALL)
    monkeypatch.setenv(EVENTS_FILE, str(tmp_path / "events"))
    run.run_fn(
        FnArgs(
            custom_config={run.SETTINGS: to_json(settings(epochs=1))},
            transform_graph_path=prepared.graph,
            hyperparameters=None,
            train_files=prepared.files("train"),
            eval_files=prepared.files("eval"),
            model_run_dir=str(tmp_path / "model_run"),
            serving_model_dir=str(tmp_path / "model"),
        )
    )
    first = json.loads((tmp_path / "events").read_text().splitlines()[0])
    assert first["kind"] == "notice"
    assert first["text"].endswith(
        "they are read anew in every epoch, and mixed 31 at a time (accelerator.cache_mib)"
    )

"""The transfer model layer by layer, and that a head trained on cached features is the same."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tfx.components.trainer.fn_args_utils import FnArgs

from components.errors import UserError
from components.ingestion.reader import Selection
from components.pictures import PictureFormat
from components.settings import to_json
from components.trainer import run
from components.trainer.backbone_features import Extractor, FeatureSettings
from components.trainer.export import export
from components.trainer.input_pipeline import load_features, training_batches
from components.trainer.models.resnet50_transfer import build_resnet50_transfer
from components.trainer.node_settings import TransferSettings
from components.trainer.settings import Optimizer
from components.trainer.transfer import features_of, head_of
from components.transform.preprocessing import TransformSettings
from pipeline.datasets.samples.cifar_10 import write_cifar_sample
from tests.components.ingestion.formats.test_cifar_pickle import NAMES
from tests.components.trainer.preparation import Prepared, in_memory, prepare
from tests.components.trainer.test_training import settings


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of ResNet-50's weights in the format in which Keras distributes them."""
    path = tmp_path_factory.mktemp("weights") / "resnet50.h5"
    tf_keras.utils.set_random_seed(3)
    tf_keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(32, 32, 3)
    ).save_weights(path)
    return path


def test_its_backbone_is_that_of_keras_with_these_weights(weights: Path) -> None:
    model = build_resnet50_transfer((32, 32, 3), 10, upsampling=1, weights=weights)
    reference = tf_keras.applications.ResNet50(
        include_top=False, weights=str(weights), input_shape=(32, 32, 3), pooling="avg"
    )
    pictures = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype(np.float32)
    prepared = tf_keras.applications.resnet50.preprocess_input(pictures.copy())
    expected = reference(prepared).numpy()
    found = features_of(model)(pictures / 255).numpy()
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("content", [b"", b"no weights at all"])
def test_a_file_without_these_weights_costs_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.h5").write_bytes(content)
    with pytest.raises(UserError, match=r"w\.h5 does not hold ResNet-50's weights") as caught:
        build_resnet50_transfer((32, 32, 3), 10, upsampling=1, weights=tmp_path / "w.h5")
    assert "\n" not in str(caught.value)


def test_other_weights_cost_one_line(tmp_path: Path) -> None:
    tf_keras.Sequential([tf_keras.layers.Dense(3, input_shape=(2,))]).save_weights(
        tmp_path / "w.h5"
    )
    with pytest.raises(UserError, match="does not hold ResNet-50's weights"):
        build_resnet50_transfer((32, 32, 3), 10, upsampling=1, weights=tmp_path / "w.h5")


def test_random_weights_of_the_backbone_are_the_same_in_every_process() -> None:
    def backbone(seed: int) -> list[np.ndarray]:
        keras.utils.set_random_seed(seed)
        model = build_resnet50_transfer((32, 32, 3), 10, upsampling=1)
        return features_of(model).get_weights()

    first = backbone(1)
    assert all(map(np.array_equal, first, backbone(2)))
    kernels = [weight for weight in first if weight.ndim == 4]
    assert len(kernels) == 53
    spreads = [kernel.std() / np.sqrt(2 / sum(_fans(kernel))) for kernel in kernels]
    assert spreads == pytest.approx([1] * 53, abs=0.05)  # Glorot and Bengio's


def _fans(kernel: np.ndarray) -> tuple[int, int]:
    field = kernel.shape[0] * kernel.shape[1]
    return field * kernel.shape[2], field * kernel.shape[3]


def test_only_the_last_blocks_are_unfrozen_and_no_normalization() -> None:
    model = build_resnet50_transfer((32, 32, 3), 10, upsampling=1)
    build_resnet50_transfer.unfreeze(model, 2)
    trained = [layer for layer in model.layers[2].layers if layer.trainable and layer.weights]
    assert {layer.name[:12] for layer in trained} == {"conv5_block2", "conv5_block3"}
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in trained)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("pictures")
    (root / "data").mkdir()
    write_cifar_sample(root / "data")
    picture_format = PictureFormat(encoded=False, shape=(32, 32, 3), class_names=tuple(NAMES))
    return prepare(
        root,
        root / "data",
        settings=TransformSettings(picture_format=picture_format, augmentation="photo"),
        reader="components.ingestion.formats.cifar_pickle.CifarReader",
        selection=Selection(train_limit=250, test_limit=50),  # 200 of them are split `train`
    )


MODEL = "components.trainer.models.resnet50_transfer.build_resnet50_transfer"


def transfer(weights: Path, **changes: Any) -> TransferSettings:
    of_backbone: dict[str, Any] = {
        "weights": str(weights),
        "weights_sha256": "",
        "upsampling": 1,
        "feature_cache": True,
        "feature_dtype": "float32",
        "views": 2,
        "fine_tune_epochs": 0,
        "fine_tune_blocks": 1,
        "fine_tune_learning_rate": 1e-5,
    }
    return TransferSettings(**{**of_backbone, **changes})


def extract(
    pictures: Prepared,
    output: Path,
    of_backbone: TransferSettings,
    *,
    augment: bool = False,
    state: Path | None = None,
) -> Path:
    """Runs the node's work; returns the folder with the splits."""
    of_features = FeatureSettings(
        node="BackboneFeatures",
        model=MODEL,
        input_shape=(32, 32, 3),
        transfer=of_backbone,
        augment=augment,
        seed=1,
    )
    extractor = Extractor(of_features, pictures.output())
    for split in ("train", "eval", "test"):
        name = f"Split-{split}"
        of_split = state / split if state else None
        extractor.split(split, f"{pictures.examples}/{name}", f"{output}/{name}", of_split)
    return output


@pytest.fixture(scope="module")
def featured(pictures: Prepared, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extract(pictures, tmp_path_factory.mktemp("featured"), transfer(weights))


def trained(
    pictures: Prepared, examples: Path, output: Path, of_backbone: TransferSettings, **changes: Any
) -> SimpleNamespace:
    """Runs the Trainer's work on 200 pictures for 3 epochs; returns what it exported.

    The attributes are `folder`, with its outputs, and `model`, as Keras has it.
    """
    arm = settings(
        model=MODEL,
        picture_format=PictureFormat(encoded=False, shape=(32, 32, 3), class_names=tuple(NAMES)),
        input_shape=(32, 32, 3),
        epochs=3,
        optimizer=Optimizer(name="Adam", learning_rate=0.001),
        loss="categorical_crossentropy",
        transfer=of_backbone,
        **changes,
    )
    models: list[keras.Model] = []

    def export_and_keep(model: keras.Model, *args: Any, **kwargs: Any) -> None:
        models.append(model)
        export(model, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "export", export_and_keep)
        run.run_fn(
            FnArgs(
                custom_config={run.SETTINGS: to_json(arm)},
                transform_graph_path=pictures.graph,
                hyperparameters=None,
                train_files=[f"{examples}/Split-train/*"],
                eval_files=[f"{examples}/Split-eval/*"],
                model_run_dir=str(output / "model_run"),
                serving_model_dir=str(output / "model"),
            )
        )
    return SimpleNamespace(folder=output, model=models[0])


def test_features_are_the_same_examples_with_one_more_feature(
    pictures: Prepared, featured: Path
) -> None:
    for split in ("train", "eval", "test"):
        before, after = (
            [
                tf.train.Example.FromString(record)
                for record in tf.data.TFRecordDataset(
                    sorted(tf.io.gfile.glob(f"{folder}/Split-{split}/*")), "GZIP"
                ).as_numpy_iterator()
            ]
            for folder in (pictures.examples, featured)
        )
        for example in after:
            [view] = example.features.feature.pop("backbone").bytes_list.value
            assert len(view) == 4 * 2048
        assert before == after


def test_a_head_trained_on_features_is_the_head_of_the_whole_model(
    pictures: Prepared, featured: Path, weights: Path, tmp_path: Path
) -> None:
    cached = trained(pictures, featured, tmp_path / "cached", transfer(weights))
    whole = trained(
        pictures, pictures.examples, tmp_path / "whole", transfer(weights, feature_cache=False)
    )
    fresh = build_resnet50_transfer((32, 32, 3), 10, upsampling=1, weights=weights)
    for layer in (2, 4):  # the backbone does not change in training, the head does
        before = fresh.layers[layer].get_weights()
        one, other = (found.model.layers[layer].get_weights() for found in (cached, whole))
        for of_one, of_other, of_fresh in zip(one, other, before, strict=True):
            assert np.array_equal(of_one, of_fresh) == np.array_equal(of_other, of_fresh)
            assert np.array_equal(of_one, of_fresh) == (layer == 2)
            assert np.abs(of_one - of_other).max() <= 1e-3 * np.abs(of_other).max()
    records = tf.data.TFRecordDataset(tf.io.gfile.glob(pictures.files("test")), "GZIP")
    serialized = tf.constant(list(records.as_numpy_iterator()))
    answers = [
        tf.saved_model.load(str(found.folder / "model")).signatures["evaluate"](examples=serialized)
        for found in (cached, whole)
    ]
    difference = answers[0]["probabilities"] - answers[1]["probabilities"]
    # float32 sums batches of different sizes in a different order, and three epochs of Adam carry
    # that on: 2e-6 to 3e-5 by the processor.
    assert np.abs(difference).max() <= 1e-4


def test_views_are_augmented_anew_and_taken_in_turn(
    pictures: Prepared, weights: Path, tmp_path: Path
) -> None:
    folder = extract(pictures, tmp_path, transfer(weights), augment=True)
    train, held_out = (
        in_memory(load_features([f"{folder}/Split-{split}/*"], "float32"))
        for split in ("train", "eval")
    )
    assert train.pictures.shape[1:] == (3, 2048)  # as they are, and two views
    assert held_out.pictures.shape[1:] == (1, 2048)
    means = train.pictures.numpy().mean(axis=(0, 2))
    epochs = [
        np.concatenate([inputs for inputs, _ in batches.as_numpy_iterator()]).mean()
        for first in range(3)
        for batches in [
            training_batches(train, batch_size=100, seed=1, first_epoch=first, epochs=first + 1)
        ]
    ]
    assert epochs == pytest.approx([means[1], means[2], means[1]], rel=1e-5)
    assert means[1] != pytest.approx(means[2], rel=1e-5)


def test_finished_parts_are_not_done_again(
    pictures: Prepared,
    featured: Path,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("components.trainer.backbone_features._PICTURES_PER_PART", 100)
    whole = Extractor._featured
    calls = 0

    def killed(self: Extractor, serialized: tf.Tensor, split: str) -> Any:
        nonlocal calls
        calls += 1
        if calls == 6:  # in the second part of the first split
            raise KeyboardInterrupt
        return whole(self, serialized, split)

    monkeypatch.setattr(Extractor, "_featured", killed)
    with pytest.raises(KeyboardInterrupt):
        extract(pictures, tmp_path / "out", transfer(weights), state=tmp_path / "state")
    kept = sorted((tmp_path / "state/train").glob("*.gz"))
    assert len(kept) == 1
    changed = os.stat(kept[0]).st_mtime_ns
    extract(pictures, tmp_path / "out", transfer(weights), state=tmp_path / "state")
    assert os.stat(kept[0]).st_mtime_ns == changed
    splits = (
        in_memory(load_features([f"{folder}/Split-train/*"], "float32"))
        for folder in (tmp_path / "out", featured)
    )
    one, other = (dict(zip(s.ids.numpy(), s.pictures.numpy(), strict=True)) for s in splits)
    assert one.keys() == other.keys()
    assert all(np.allclose(one[key], other[key], rtol=1e-4, atol=1e-4) for key in one)


def test_the_last_blocks_can_be_tuned_after_the_head(
    pictures: Prepared, featured: Path, weights: Path, tmp_path: Path
) -> None:
    of_backbone = transfer(weights, fine_tune_epochs=1)
    folder = trained(pictures, featured, tmp_path, of_backbone).folder
    curves = json.loads((folder / "model_run" / "learning_curves.json").read_text())
    assert [row["epoch"] for row in curves] == [1, 2, 3, 4]
    summary = json.loads((folder / "model_run" / "training.json").read_text())
    best = max(row["eval_accuracy"] for row in curves)
    assert summary["eval_accuracy"] == best


def test_half_precision_takes_half_the_disk(
    pictures: Prepared, weights: Path, featured: Path, tmp_path: Path
) -> None:
    folder = extract(pictures, tmp_path, transfer(weights, feature_dtype="float16"))
    half, single = (
        in_memory(load_features([f"{f}/Split-eval/*"], dtype)).pictures.numpy()
        for f, dtype in ((folder, "float16"), (featured, "float32"))
    )
    assert np.allclose(half, single, rtol=1e-2, atol=1e-2)

    def disk(folder: Path | str) -> int:
        return sum(file.stat().st_size for file in Path(folder).glob("Split-*/*"))

    added_half, added_single = (disk(f) - disk(pictures.examples) for f in (folder, featured))
    assert 0.4 < added_half / added_single < 0.6


def test_the_head_shares_its_weights_with_the_model() -> None:
    model = build_resnet50_transfer((32, 32, 3), 10, upsampling=1)
    head = head_of(model)
    head.layers[-1].kernel.assign(head.layers[-1].kernel + 1)
    assert model.layers[-1].kernel is head.layers[-1].kernel

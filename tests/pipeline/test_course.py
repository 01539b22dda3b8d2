"""The exercises, called as their text says, against the numbers that the text gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import requests
import tensorflow as tf

import pipeline.course as course
from components.errors import UserError
from components.transform.operations import RandomCrop, RandomFlip, RandomRotation
from components.transform.policies import POLICIES
from pipeline.course import (
    IMG_SIZE,
    augment_with_tf_image,
    augmentation_layer,
    build_bn_mlp_model,
    build_cnn_model,
    build_mlp_model,
    build_reg_cnn_model,
    cat_augmentation,
    data_generator,
    dog_augmentation,
    load_data,
    load_transfer_model,
    preprocess,
    run_model,
)
from pipeline.datasets.samples.cifar_10 import write_cifar_sample
from pipeline.experiments.cnn_regularized import REG_CNN
from tests.conftest import write_idx_folder


def kinds(model: keras.Model) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


# --- 1. Fashion-MNIST: MLP against MLP + Batch Normalization -------------------------------


def test_exercise_1_has_two_mlps() -> None:
    plain, regularized = build_mlp_model(), build_bn_mlp_model()
    assert plain.input_shape == regularized.input_shape == (None, 28, 28, 1)
    assert kinds(plain) == ["Flatten", "Dense", "Dense", "Dense"]
    hidden = ["Dense", "BatchNormalization", "Activation"]
    assert kinds(regularized) == ["Flatten", *hidden, *hidden, "Dense"]
    # 784 · 1024 + 1024, 1024 · 256 + 256, 256 · 10 + 10
    assert plain.count_params() == 803_840 + 262_400 + 2_570
    # Batch Normalization has four numbers a unit: two are learned, two are averages.
    assert regularized.count_params() == plain.count_params() + 4 * (1024 + 256)
    for model in (plain, regularized):
        dense = [layer for layer in model.layers if type(layer).__name__ == "Dense"]
        assert [layer.units for layer in dense] == [1024, 256, 10]
        assert dense[-1].activation.__name__ == "softmax"


# --- 2. Dogs vs. cats: CNN against CNN + Batch Normalization + Dropout ---------------------


def test_exercise_2_has_two_cnns() -> None:
    img_size, num_classes = (128, 128, 3), 2
    plain = build_cnn_model(img_size, num_classes)
    regularized = build_reg_cnn_model(img_size, num_classes)
    head = ["GlobalAveragePooling2D", "Dense", "Dense"]
    assert kinds(plain) == ["Conv2D", "MaxPooling2D"] * 3 + head
    block = ["Conv2D", "BatchNormalization", "Activation", "MaxPooling2D"]
    assert kinds(regularized) == [*block * 3, *head[:2], "Dropout", "Dense"]
    # (9 · 3 + 1) · 16, (9 · 16 + 1) · 32, (9 · 32 + 1) · 64, 65 · 256, 257 · 2
    assert plain.count_params() == 448 + 4_640 + 18_496 + 16_640 + 514
    assert regularized.count_params() == plain.count_params() + 4 * (16 + 32 + 64)
    [dropout] = [layer for layer in regularized.layers if isinstance(layer, keras.layers.Dropout)]
    assert dropout.rate == 0.5
    for model in (plain, regularized):  # each pooling halves: 128, 64, 32, 16
        pools = [layer for layer in model.layers if isinstance(layer, keras.layers.MaxPool2D)]
        assert [pool.output.shape[1:3] for pool in pools] == [(64, 64), (32, 32), (16, 16)]


def test_run_model_has_the_settings_of_exercise_2_and_learns(tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "data", train=400, test=100)
    data = load_data("fashion-mnist", str(folder))
    model = build_mlp_model()
    history = run_model(model, data.train, data.test, epochs=4).history
    assert type(model.optimizer).__name__ == "SGD"
    config = model.optimizer.get_config()
    assert config["learning_rate"] == pytest.approx(0.01)
    assert (config["momentum"], config["nesterov"]) == (0.9, True)
    assert model.loss == "sparse_categorical_crossentropy"
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert len(history["loss"]) == 4
    assert history["val_accuracy"][-1] > 0.5
    # The pipeline trains the exercise's CNNs in the same way.
    arm = REG_CNN.optimizer
    assert (arm.name, arm.learning_rate) == ("SGD", 0.01)
    assert (arm.momentum, arm.nesterov) == (0.9, True)
    assert REG_CNN.loss == model.loss


def test_data_come_as_a_run_reads_them(tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "data")
    data = load_data("fashion-mnist", str(folder), train_limit=30, test_limit=20)
    pixels, labels = data.train
    assert (pixels.shape, pixels.dtype) == ((30, 28, 28, 1), np.float32)
    assert (pixels.min(), pixels.max()) >= (0, 0.4)
    assert pixels.max() <= 1
    assert labels.tolist() == [number % 10 for number in range(30)]
    assert len(data.test[0]) == len(data.test[1]) == 20
    assert data.class_names[9] == "Ankle boot"
    assert data.description == f"your own data (not the official Fashion-MNIST) in {folder}"


# --- 3. Augmentation -----------------------------------------------------------------------


@pytest.fixture
def picture() -> np.ndarray:
    """A picture of 300×400, uint8: no two of its pixels are the same colour."""
    down, across = np.mgrid[0:300, 0:400]
    pixels = np.stack([down * 255 // 299, across * 255 // 399, (down + across) % 256], axis=-1)
    return pixels.astype(np.uint8)


def test_exercise_3_has_a_policy_for_the_dog_and_one_for_the_cat() -> None:
    assert kinds(dog_augmentation) == ["Resizing", "Rescaling", "RandomCrop"]
    assert kinds(cat_augmentation) == ["Resizing", "Rescaling", "RandomFlip", "RandomRotation"]
    for model in (dog_augmentation, cat_augmentation):
        resizing, rescaling = model.layers[:2]
        assert (resizing.height, resizing.width) == (IMG_SIZE, IMG_SIZE)
        assert rescaling.scale == pytest.approx(1 / 255)
    crop, turn = dog_augmentation.layers[2], cat_augmentation.layers[3]
    assert (crop.height, crop.width) == (150, 200)
    assert turn.get_config()["factor"] in (0.5, [-0.5, 0.5], (-0.5, 0.5))
    assert cat_augmentation.layers[2].mode == "horizontal_and_vertical"
    # The pipeline's way, in the transform graph, has the same operations and numbers.
    for model, policy in ((dog_augmentation, "dog"), (cat_augmentation, "cat")):
        assert kinds(model) == [type(operation).__name__ for operation in POLICIES[policy]]
    assert POLICIES["dog"][2] == RandomCrop(150, 200)
    assert POLICIES["cat"][2:] == (RandomFlip(), RandomRotation(0.5))


@pytest.mark.parametrize(
    ("model", "size"), [(dog_augmentation, (150, 200)), (cat_augmentation, (256, 256))]
)
def test_each_takes_any_picture_and_draws_anew(
    model: Any, size: tuple[int, int], picture: np.ndarray
) -> None:
    draws = [model(picture, training=True).numpy() for _ in range(3)]
    assert {draw.shape for draw in draws} == {(*size, 3)}
    assert not all(np.allclose(draws[0], draw) for draw in draws[1:])
    assert 0 <= draws[0].min() <= draws[0].max() <= 1
    batch = model(np.stack([picture, picture]), training=True)
    smaller = model(picture[:90, :80], training=True)  # not the size that it was called with first
    assert (batch.shape, smaller.shape) == ((2, *size, 3), (*size, 3))
    again = [model(picture, training=False).numpy() for _ in range(2)]
    assert np.array_equal(*again)


def test_the_three_ways_of_exercise_3(picture: np.ndarray) -> None:
    # Layers.
    assert kinds(augmentation_layer) == ["RandomRotation", "RandomFlip"]
    assert augmentation_layer(picture, training=True).shape == (300, 400, 3)
    # Functions, as the text calls them, and both in one.
    assert tf.image.random_crop(picture[..., 0], size=[5, 8]).shape == (5, 8)
    tf.random.set_seed(1)
    piece = augment_with_tf_image(picture, (150, 200))
    assert (piece.shape, piece.dtype) == ((150, 200, 3), np.float32)
    assert 0 < piece.max() <= 0.8 * 255 + 1  # darker by a factor of 0.2 to 0.8
    # A generator.
    assert data_generator.rotation_range == 40
    assert data_generator.height_shift_range == 0.2
    assert data_generator.horizontal_flip is True
    batch = next(data_generator.flow(np.stack([picture] * 4), batch_size=4, seed=1))
    assert batch.shape == (4, 300, 400, 3)
    assert not np.allclose(batch[0], batch[1])


# --- 4. CIFAR-10: transfer with ResNet-50 --------------------------------------------------


def test_the_pickles_are_prepared_for_the_transfer_model(tmp_path: Path) -> None:
    write_cifar_sample(tmp_path)
    (x_train, y_train), (x_test, y_test) = preprocess(tmp_path, train_limit=60, test_limit=20)
    assert (x_train.shape, x_test.shape) == ((60, 32, 32, 3), (20, 32, 32, 3))
    assert (y_train.shape, y_test.shape) == ((60, 10), (20, 10))
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype("float32")}
    assert 0 <= x_train.min() < x_train.max() <= 1
    assert y_train.sum(axis=1).tolist() == [1.0] * 60
    labels = load_data("cifar-10", str(tmp_path), train_limit=60).train[1]
    assert y_train.argmax(axis=1).tolist() == labels.tolist()


def test_the_transfer_model_has_the_layers_of_exercise_4() -> None:
    keras.utils.clear_session()  # layers are named anew: dense, not dense_7
    model = load_transfer_model("none")
    assert [(type(layer).__name__, layer.name, layer.trainable) for layer in model.layers] == [
        ("ResNet50Preprocessing", "preprocessing", True),
        ("UpSampling2D", "up_sampling2d", True),
        ("Functional", "resnet50", False),
        ("GlobalAveragePooling2D", "global_average_pooling2d", True),
        ("Dense", "dense", True),
    ]
    assert model.layers[1].size == (7, 7)
    assert model.layers[2].input_shape == (None, 224, 224, 3)
    assert (model.layers[4].units, model.layers[4].activation.__name__) == (10, "softmax")
    assert model.trainable_weights == model.layers[4].weights
    # ResNet-50 without its top, and a head of 2048 · 10 + 10.
    assert model.count_params() == 23_587_712 + 20_490
    assert (model.loss, type(model.optimizer).__name__) == ("categorical_crossentropy", "Adam")
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)


def test_training_changes_the_head_and_nothing_else(tmp_path: Path) -> None:
    write_cifar_sample(tmp_path)
    (x_train, y_train), _ = preprocess(tmp_path, train_limit=32, test_limit=10)
    model = load_transfer_model("none", upsampling=1)
    before = [weight.copy() for weight in model.get_weights()]
    model.fit(x_train, y_train, epochs=1, verbose=0)
    same = [np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True)]
    assert (same[-2:], all(same[:-2])) == ([False, False], True)


def test_weights_that_cannot_be_had_are_never_random_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def no_network(*_: Any, **__: Any) -> Any:
        raise requests.ConnectionError

    monkeypatch.setenv("PIPELINE_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))  # no ~/.keras/models
    monkeypatch.setattr(requests.Session, "request", no_network)
    with pytest.raises(UserError) as caught:
        load_transfer_model()
    text = str(caught.value)
    assert "\n" not in text
    for said in ("ResNet-50's ImageNet weights cannot be fetched", f"put it into {tmp_path}"):
        assert said in text
    assert "load_transfer_model('FILE')" in text
    with pytest.raises(UserError, match="no file nowhere.h5"):
        load_transfer_model("nowhere.h5")


def test_weights_in_a_file_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "notop.weights.h5"
    base = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(32, 32, 3))
    base.save_weights(file)
    model = load_transfer_model(file, upsampling=1)
    for one, other in zip(model.layers[2].get_weights(), base.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_every_name_of_the_module_is_in_the_courses_guide() -> None:
    folder = Path(__file__).resolve().parents[2] / "docs"
    for guide in ("course.md", "course.ko.md"):
        text = (folder / guide).read_text()
        assert [name for name in course.__all__ if f"`{name}" not in text] == []

"""The course's exercises by the names of their text: what a student imports.

    from pipeline.course import build_mlp_model, build_bn_mlp_model, load_data, run_model

The models and operations themselves are those that the pipeline uses. Here are besides what the
exercises have in notebooks only: a training as they do it, the three ways to augment, the
pickles of CIFAR-10 as arrays. `docs/course.md` goes through the exercises one by one.

Importing this module imports TensorFlow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from components.errors import UserError
from components.ingestion.reader import Picture
from components.pictures import PictureFormat
from components.trainer.models.bn_mlp import build_bn_mlp_model
from components.trainer.models.cnn import build_cnn_model
from components.trainer.models.mlp import build_mlp_model
from components.trainer.models.reg_cnn import build_reg_cnn_model
from components.trainer.models.resnet50_transfer import build_resnet50_transfer
from components.transform.policies import IMG_SIZE
from pipeline.datasets import locate
from pipeline.datasets.data_set import data_set
from pipeline.datasets.weights import NO_WEIGHTS

__all__ = [
    "IMG_SIZE",
    "augment_with_tf_image",
    "augmentation_layer",
    "build_bn_mlp_model",
    "build_cnn_model",
    "build_mlp_model",
    "build_reg_cnn_model",
    "cat_augmentation",
    "data_generator",
    "dog_augmentation",
    "load_data",
    "load_transfer_model",
    "preprocess",
    "run_model",
]

#: Pictures, float32 [n, height, width, channels] in 0 … 1, and their labels.
Labelled = tuple[np.ndarray, np.ndarray]


# --- Data ----------------------------------------------------------------------------------


class Data(NamedTuple):
    """A data set in memory.

    Attributes:
      train: training pictures, and labels int64 [n].
      test: likewise.
      class_names: names of the labels 0, 1, …
      description: what the data are and where they came from, for people.
    """

    train: Labelled
    test: Labelled
    class_names: tuple[str, ...]
    description: str


def load_data(name: str, request: str = locate.AUTO, **changes: Any) -> Data:
    """A built-in data set as arrays, found and checked as a run does it.

    Args:
      name: e.g. "fashion-mnist", "dogs-vs-cats" or "cifar-10".
      request: as `--data`: "auto", "official", "sample" or a folder; see `data/README.md`.
      changes: settings of the data set that differ: `train_limit=2000`, `shape=(64, 64, 3)`.

    Raises:
      UserError: there is no such data set or setting, or the data cannot be had.
    """
    dataset = data_set(name, **changes)
    located = locate.data(name, dataset, request)
    reader, names = dataset.make_reader(), dataset.class_names
    stored = PictureFormat.of_reader(dataset.reader, shape=dataset.shape, class_names=names)
    pictures: dict[str, list[Picture]] = {"train": [], "test": []}
    for shard in reader.shards(located.folder, dataset.selection):
        read = reader.read(located.folder, shard)
        pictures[shard.source] += [picture for picture in read if isinstance(picture, Picture)]

    def arrays(source: str) -> Labelled:
        pixels = stored.decode_batch(tf.constant([picture.image for picture in pictures[source]]))
        return pixels.numpy() / np.float32(255), np.array([p.label for p in pictures[source]])

    return Data(arrays("train"), arrays("test"), names, located.description)


def preprocess(
    folder: str | Path, *, train_limit: int = 0, test_limit: int = 0
) -> tuple[Labelled, Labelled]:
    """The pickles of CIFAR-10, ready for `load_transfer_model`: `preprocess.py` of exercise 4.

        (x_train, y_train), (x_test, y_test) = preprocess("data/cifar-10-batches-py")

    Args:
      folder: with `data_batch_1` and so on, and `test_batch`.
      train_limit: the first so many training pictures; 0 means all.
      test_limit: likewise.

    Returns:
      Training and test data: pixels, float32 [n, 32, 32, 3] in 0 … 1, and labels as
      `categorical_crossentropy` takes them, one-hot, float32 [n, 10].

    Raises:
      UserError: a file is missing, or is no batch of CIFAR-10.
    """
    data = load_data("cifar-10", str(folder), train_limit=train_limit, test_limit=test_limit)
    (x_train, y_train), (x_test, y_test) = data.train, data.test
    classes = len(data.class_names)
    each = np.eye(classes, dtype=np.float32)
    return (x_train, each[y_train]), (x_test, each[y_test])


# --- Training ------------------------------------------------------------------------------


def run_model(
    model: keras.Model, train: Labelled, test: Labelled, *, epochs: int = 10, batch_size: int = 32
) -> keras.callbacks.History:
    """Compiles a model as exercise 2 asks, and trains it.

    Args:
      model: gives probabilities.
      train: pictures and labels, e.g. `load_data(…).train`.
      test: likewise; looked at after each epoch, and never learned from.
      epochs: passes over the training pictures.
      batch_size: pictures per step.

    Returns:
      Keras's history: by epoch `loss` and `accuracy` while training, `val_loss` and
      `val_accuracy` on `test`.
    """
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model.fit(*train, validation_data=test, epochs=epochs, batch_size=batch_size, verbose=0)


# --- Augmentation, in three ways -----------------------------------------------------------


class _InOrder(keras.Sequential):
    """Layers one after the other, for one picture or a batch, of any size at any call.

    A Sequential of Keras 3 keeps to the shape that it is called with first.
    """

    def build(self, input_shape: Any = None) -> None:
        """Builds nothing: these layers have no weights."""
        self.built = True


#: The first way, `keras.layers`. Each takes [height, width, channels] or a batch of that, 0 … 255,
#: and draws anew at every call but with `training=False`.
augmentation_layer = _InOrder([layers.RandomRotation(0.2), layers.RandomFlip()])

#: Exercise 3: 150 × 200 pixels out of a dog, 0 … 1. The pipeline's policy "dog" does the same.
dog_augmentation = _InOrder(
    [
        layers.Resizing(IMG_SIZE, IMG_SIZE),
        layers.Rescaling(1.0 / 255),
        layers.RandomCrop(150, 200),
    ]
)

#: Exercise 3: a cat mirrored and turned, 0 … 1. The pipeline's policy "cat" does the same.
cat_augmentation = _InOrder(
    [
        layers.Resizing(IMG_SIZE, IMG_SIZE),
        layers.Rescaling(1.0 / 255),
        layers.RandomFlip(),
        layers.RandomRotation(0.5),
    ]
)


def augment_with_tf_image(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The second way, functions: cuts a piece out and changes its brightness.

    Args:
      picture: [height, width, channels], 0 … 255.
      size: (height, width) of the piece.

    Returns:
      float32 [*size, channels], 0 … 255. Another one at every call.
    """
    piece = tf.image.random_crop(picture, size=[*size, picture.shape[-1]])
    # Keras 3 has this function of Keras 2 only under TensorFlow's name, as the exercise has it.
    return tf.keras.preprocessing.image.random_brightness(piece.numpy(), (0.2, 0.8))


#: The third way: `next(data_generator.flow(pictures, batch_size=8))`. Keras calls it deprecated.
data_generator = tf.keras.preprocessing.image.ImageDataGenerator(
    rotation_range=40, height_shift_range=0.2, horizontal_flip=True
)


# --- Transfer ------------------------------------------------------------------------------


def load_transfer_model(weights: str | Path = "imagenet", *, upsampling: int = 7) -> keras.Model:
    """Exercise 4's model for CIFAR-10, compiled: Adam 0.001, categorical cross-entropy.

    UpSampling2D → ResNet-50 without its top, frozen → GlobalAveragePooling2D → Dense 10, softmax.
    Before them stands ResNet-50's own preprocessing, so it takes pixels as `preprocess` gives them.

    Args:
      weights: as `--backbone-weights`: "imagenet", which are fetched where they are not there;
        a file of them; or "none" for random ones, which know nothing.
      upsampling: 7 brings 32×32 to the 224×224 that ResNet-50 was trained on.

    Raises:
      UserError: the weights cannot be had; the text says how to get them. They are never
        replaced by random ones.
    """
    request = str(weights)
    try:
        located = locate.weights([request])
    except UserError as error:
        raise UserError(
            f"{error}. Here: load_transfer_model('FILE'); or load_transfer_model('{NO_WEIGHTS}') "
            "for random weights, which say nothing of transfer"
        ) from error
    file = None if request == NO_WEIGHTS else Path(located[request].file)
    model = build_resnet50_transfer((32, 32, 3), 10, upsampling=upsampling, weights=file)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

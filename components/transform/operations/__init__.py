"""Operations on pictures, with the names, parameters and documented meaning of Keras's layers.

An operation works on a batch, float32 [batch, height, width, channels] with values 0 … 255
(0 … 1 behind a `Rescaling`), and has two sides: `infer`, what the Keras layer does outside of
training, and `draw`, what it does in training, where random numbers given for each picture
decide. Nothing is random in here: the same numbers give the same picture, on any machine,
whatever other pictures are in the batch.

Source of the meanings: https://keras.io/api/layers/preprocessing_layers/. Where Keras 3 and
its documentation differ (docs/augmentation.md), the documentation is followed.
"""

from components.transform.operations.base import Factor, Operation
from components.transform.operations.movements import (
    Movement,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    move,
)
from components.transform.operations.shapes import RandomCrop, Resizing
from components.transform.operations.values import RandomBrightness, RandomContrast, Rescaling

__all__ = [
    "Factor",
    "Movement",
    "Operation",
    "RandomBrightness",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "Rescaling",
    "Resizing",
    "move",
]

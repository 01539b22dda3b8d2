"""Exports a trained model and the transform graph together, as one SavedModel.

Signatures:
  serving_default: `image`, string [batch]: picture files, see `components.pictures.decode` for
    which and for what it does not see in them; brought to the model's size as in training, see
    `PictureFormat.fit` → `probabilities`, float32 [batch, classes]; `class_id`, int64 [batch];
    `class_name`, string [batch]; `valid`, bool [batch]: whether the file could be decoded. For one
    that could not, the others are 0, −1 and "".
  evaluate: `examples`, string [batch]: serialized tf.train.Examples → `probabilities`.
  from_files: the same, but for `probabilities` and `valid` alone: TFX's bulk inference cannot hold
    an answer that is text.
  from_pixels: `pixels`, uint8 [batch, height, width, channels] of the size that the model takes →
    `probabilities`. Without the transform graph: for formats that cannot hold that.

The others feed augmentation seed 0, so what is served and what is evaluated cannot be augmented.
In `ARCHITECTURE`, in the folder for what TensorFlow does not read, are the model's layers.
"""

from __future__ import annotations

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.examples import parse
from components.names import (
    ARCHITECTURE,
    EVALUATE,
    FROM_FILES,
    FROM_PIXELS,
    PROBABILITIES,
    SERVING,
    VALID,
)
from components.pictures import PictureFormat
from components.trainer.input_pipeline import raw_features, rescale, transform_function


def export(
    model: keras.Model,
    transform: tft.TFTransformOutput,
    path: str,
    picture_format: PictureFormat,
) -> None:
    """Writes the SavedModel to `path`.

    Args:
      model: from `pixels` to probabilities.
      transform: output of Transform.
      path: folder to write.
      picture_format: of the pictures as ExampleGen stores them.
    """
    module = _Exported(model, transform, picture_format)
    signatures = {
        SERVING: tf.function(
            module.serve,
            input_signature=[tf.TensorSpec([None], tf.string, name="image")],
            autograph=False,
        ),
        FROM_FILES: tf.function(
            module.from_files,
            input_signature=[tf.TensorSpec([None], tf.string, name="image")],
            autograph=False,
        ),
        EVALUATE: tf.function(
            module.evaluate,
            input_signature=[tf.TensorSpec([None], tf.string, name="examples")],
            autograph=False,
        ),
        FROM_PIXELS: tf.function(
            module.from_pixels,
            input_signature=[tf.TensorSpec(module.layers().input_shape, tf.uint8, name="pixels")],
            autograph=False,
        ),
    }
    tf.saved_model.save(module, path, signatures=signatures)
    layers = f"{path}/{ARCHITECTURE}"
    tf.io.gfile.makedirs(layers.rpartition("/")[0])
    with tf.io.gfile.GFile(layers, "w") as file:
        file.write(module.layers().to_json())


def variables_of(model: keras.Model) -> list[tf.Variable]:
    """A model's weights in the order of `model_variables` in its SavedModel's checkpoint.

    Batch Normalization's averages are among them; Dropout's random generators are not.
    """
    return [weight.value for weight in _bare(model).weights]


def _bare(model: keras.Model) -> keras.Model:
    """The same layers, without the optimizer's state, which may be twice their size."""
    [pixels], [probabilities] = model.inputs, model.outputs
    return keras.Model(pixels, probabilities)


class _Exported(tf.Module):
    """Holds what the signatures need, so that the SavedModel tracks it."""

    def __init__(
        self,
        model: keras.Model,
        transform: tft.TFTransformOutput,
        picture_format: PictureFormat,
    ):
        super().__init__()
        bare = _bare(model)
        # TensorFlow's variables alone, in Keras' order. Of a Keras model as an attribute each would
        # be saved twice, once by Keras and once as what the graph reads, and only the first would
        # be restored where no Python is: in TensorFlow Serving no signature could be asked.
        self.model_variables = variables_of(model)
        self.layers = lambda: bare
        # Traced once for all signatures: that is most of an export, and of loading it.
        self._predict = tf.function(
            lambda pixels: tf.cast(bare(pixels, training=False), tf.float32),  # also of float16
            input_signature=[tf.TensorSpec(bare.input_shape, tf.float32)],
            autograph=False,
        )
        self._transform = transform_function(transform)
        self._picture_format = picture_format

    def serve(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        answers = self.from_files(image)
        valid = answers[VALID]
        class_id = tf.argmax(answers[PROBABILITIES], axis=1, output_type=tf.int64)
        class_name = tf.gather(tf.constant(self._picture_format.class_names), class_id)
        return {
            **answers,
            "class_id": tf.where(valid, class_id, -1),
            "class_name": tf.where(valid, class_name, ""),
        }

    def from_files(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        stored, valid = self._picture_format.from_files(image)
        probabilities = tf.where(valid[:, tf.newaxis], self._probabilities(stored), 0.0)
        return {PROBABILITIES: probabilities, VALID: valid}

    def evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        (stored,) = parse(examples, features.IMAGE)
        return {PROBABILITIES: self._probabilities(stored)}

    def from_pixels(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        return {PROBABILITIES: self._predict(rescale(pixels))}

    def _probabilities(self, stored: tf.Tensor) -> tf.Tensor:
        return self._predict(self._transform(raw_features(stored, None))[features.PIXELS])

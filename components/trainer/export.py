"""Exports a trained model and the transform graph together, as one SavedModel.

Signatures:
  serving_default: `image`, string [batch]: picture files (see `components.pictures`) →
    `probabilities`, float32
    [batch, classes]; `class_id`, int64 [batch]; `class_name`, string [batch].
  evaluate: `examples`, string [batch]: serialized tf.train.Examples → `probabilities`.

Both feed augmentation seed 0, so what is served and what is evaluated cannot be augmented.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.pictures import decode_all
from components.trainer.input_pipeline import transform_function, with_seeds

SERVING, EVALUATE = "serving_default", "evaluate"


def export(
    model: keras.Model,
    transform: tft.TFTransformOutput,
    path: str,
    *,
    shape: Sequence[int],
    encoded: bool,
    class_names: Sequence[str],
) -> None:
    """Writes the SavedModel to `path`.

    Args:
      model: from `pixels` to probabilities.
      transform: output of Transform.
      path: folder to write.
      shape: [height, width, channels] of the pictures.
      encoded: whether pictures are stored as files, and not as raw pixels.
      class_names: names of the labels 0, 1, …
    """
    module = _Exported(model, transform, None if encoded else shape, class_names)
    signatures = {
        SERVING: tf.function(
            module.serve,
            input_signature=[tf.TensorSpec([None], tf.string, name="image")],
            autograph=False,
        ),
        EVALUATE: tf.function(
            module.evaluate,
            input_signature=[tf.TensorSpec([None], tf.string, name="examples")],
            autograph=False,
        ),
    }
    tf.saved_model.save(module, path, signatures=signatures)


class _Exported(tf.Module):
    """Holds what the signatures need, so that the SavedModel tracks it."""

    def __init__(
        self,
        model: keras.Model,
        transform: tft.TFTransformOutput,
        raw_shape: Sequence[int] | None,
        class_names: Sequence[str],
    ):
        super().__init__()
        # The same layers, without the optimizer's state, which may be twice their size.
        [pixels], [probabilities] = model.inputs, model.outputs
        self.model = keras.Model(pixels, probabilities)
        self._transform = transform_function(transform)
        self._spec = {features.IMAGE: transform.raw_feature_spec()[features.IMAGE]}
        self._raw_shape = raw_shape
        self._class_names = class_names

    def serve(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        stored = image if self._raw_shape is None else raw_bytes(image, self._raw_shape)
        probabilities = self._probabilities(stored)
        class_id = tf.argmax(probabilities, axis=1, output_type=tf.int64)
        return {
            "probabilities": probabilities,
            "class_id": class_id,
            "class_name": tf.gather(tf.constant(list(self._class_names)), class_id),
        }

    def evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        parsed = tf.io.parse_example(examples, self._spec)
        return {"probabilities": self._probabilities(tf.reshape(parsed[features.IMAGE], [-1]))}

    def _probabilities(self, stored: tf.Tensor) -> tf.Tensor:
        raw = with_seeds({features.IMAGE: stored[:, None]}, None)
        pixels = self._transform(raw)[features.PIXELS]
        return tf.cast(self.model(pixels, training=False), tf.float32)  # also of a float16 model


def raw_bytes(files: tf.Tensor, shape: Sequence[int]) -> tf.Tensor:
    """What ExampleGen would have stored of encoded pictures: their raw pixels.

    Args:
      files: string [n]: picture files.
      shape: [height, width, channels] they are brought to.

    Returns:
      string [n], each of height · width · channels bytes.
    """
    # TensorFlow has decode_raw but no encode_raw: look each byte up and join.
    letters = tf.constant([bytes([value]) for value in range(256)])
    pixels = tf.reshape(decode_all(files, shape), [-1, math.prod(shape)])
    return tf.strings.reduce_join(tf.gather(letters, tf.cast(pixels, tf.int32)), axis=1)

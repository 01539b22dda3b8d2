"""Exports a trained model and the transform graph together, as one SavedModel.

Signatures:
  serving_default: `image`, string [batch]: picture files, see `components.pictures.decode` for
    which and for what it does not see in them; brought to the model's size as in training, see
    `PictureFormat.fit` → `probabilities`, float32 [batch, classes]; `class_id`, int64 [batch];
    `class_name`, string [batch].
  evaluate: `examples`, string [batch]: serialized tf.train.Examples → `probabilities`.

Both feed augmentation seed 0, so what is served and what is evaluated cannot be augmented.
"""

from __future__ import annotations

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.examples import parse
from components.names import EVALUATE, PROBABILITIES, SERVING
from components.pictures import PictureFormat
from components.trainer.input_pipeline import raw_features, transform_function


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
        picture_format: PictureFormat,
    ):
        super().__init__()
        # The same layers, without the optimizer's state, which may be twice their size.
        [pixels], [probabilities] = model.inputs, model.outputs
        self.model = keras.Model(pixels, probabilities)
        self._transform = transform_function(transform)
        self._picture_format = picture_format

    def serve(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        probabilities = self._probabilities(self._picture_format.from_files(image))
        class_id = tf.argmax(probabilities, axis=1, output_type=tf.int64)
        return {
            PROBABILITIES: probabilities,
            "class_id": class_id,
            "class_name": tf.gather(tf.constant(self._picture_format.class_names), class_id),
        }

    def evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        (stored,) = parse(examples, features.IMAGE)
        return {PROBABILITIES: self._probabilities(stored)}

    def _probabilities(self, stored: tf.Tensor) -> tf.Tensor:
        pixels = self._transform(raw_features(stored, None))[features.PIXELS]
        return tf.cast(self.model(pixels, training=False), tf.float32)  # also of a float16 model

"""Exports a trained model and the transform graph together, as one SavedModel.

Signatures:
  serving_default: `image`, string [batch]: PNG or JPEG files → `probabilities`, float32
    [batch, classes]; `class_id`, int64 [batch]; `class_name`, string [batch].
  evaluate: `examples`, string [batch]: serialized tf.train.Examples → `probabilities`.

Both feed augmentation seed 0, so what is served and what is evaluated cannot be augmented.
"""

from __future__ import annotations

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components import features
from components.trainer.input_pipeline import transform_function, with_seeds

SERVING, EVALUATE = "serving_default", "evaluate"


def export(
    model: keras.Model,
    transform: tft.TFTransformOutput,
    path: str,
    *,
    shape: list[int],
    class_names: list[str],
) -> None:
    """Writes the SavedModel to `path`.

    Args:
      model: from `pixels` to probabilities.
      transform: output of Transform.
      path: folder to write.
      shape: [height, width, channels] of the stored pictures.
      class_names: names of the labels 0, 1, …
    """
    module = _Exported(model, transform, shape, class_names)
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
        shape: list[int],
        class_names: list[str],
    ):
        super().__init__()
        self.model = model
        self._transform = transform_function(transform)
        self._spec = {features.IMAGE: transform.raw_feature_spec()[features.IMAGE]}
        self._shape = shape
        self._class_names = class_names

    def serve(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        stored = tf.map_fn(
            lambda file: stored_bytes(file, self._shape), image, fn_output_signature=tf.string
        )
        probabilities = self._probabilities(stored)
        class_id = tf.argmax(probabilities, axis=1, output_type=tf.int64)
        return {
            "probabilities": probabilities,
            "class_id": class_id,
            "class_name": tf.gather(tf.constant(self._class_names), class_id),
        }

    def evaluate(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        parsed = tf.io.parse_example(examples, self._spec)
        return {"probabilities": self._probabilities(tf.reshape(parsed[features.IMAGE], [-1]))}

    def _probabilities(self, stored: tf.Tensor) -> tf.Tensor:
        raw = with_seeds({features.IMAGE: stored[:, None]}, None)
        return self.model(self._transform(raw)[features.PIXELS], training=False)


def stored_bytes(file: tf.Tensor, shape: list[int]) -> tf.Tensor:
    """What ExampleGen would have stored of an encoded picture: its raw pixels.

    Args:
      file: string scalar: a PNG, JPEG, BMP or GIF (its first frame) file.
      shape: [height, width, channels]; a picture of another size is resized (bilinear,
        antialiased), a colour picture becomes grey where channels is 1.

    Returns:
      string scalar of height · width · channels bytes.
    """
    height, width, channels = shape
    picture = tf.io.decode_image(file, channels=channels, expand_animations=False)
    picture.set_shape([None, None, channels])
    right_size = tf.reduce_all(tf.equal(tf.shape(picture)[:2], [height, width]))
    picture = tf.cond(
        right_size,
        lambda: picture,
        lambda: tf.cast(
            tf.round(tf.image.resize(picture, [height, width], antialias=True)), tf.uint8
        ),
    )
    # TensorFlow has decode_raw but no encode_raw: look each byte up and join.
    letters = tf.constant([bytes([value]) for value in range(256)])
    return tf.strings.reduce_join(tf.gather(letters, tf.reshape(tf.cast(picture, tf.int32), [-1])))

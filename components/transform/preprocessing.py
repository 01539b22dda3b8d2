"""The preprocessing of a picture: decode (and resize) → augment(seed) → rescale.

TFX's Transform traces `preprocessing_fn` into a graph that training, evaluation and serving
all use. A picture's `augmentation_seed` decides what augmentation does: 0 (as in the stored
Examples, in evaluation and in serving) leaves the picture as it is; training feeds a new seed
per picture and epoch.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from components import features
from components.pictures import decode_all
from components.transform.policies import augment, find_policy


def preprocessing_fn(
    inputs: dict[str, tf.Tensor], custom_config: dict[str, Any]
) -> dict[str, tf.Tensor]:
    """Maps raw features to what the models are trained on.

    Args:
      inputs: batches [batch, 1] of the raw features of `components.features`.
      custom_config: `shape` ([height, width, channels]), `encoded` (whether pictures are
        stored as files of any size) and `augmentation` (name of a policy, or "" for none).

    Returns:
      `pixels`, float32 [batch, height, width, channels] with values k/255 for whole k (of
      another height and width where the policy crops or resizes), and `label`, int64 [batch].
    """
    shape = custom_config["shape"]
    stored = tf.reshape(inputs[features.IMAGE], [-1])
    if custom_config["encoded"]:
        pictures = decode_all(stored, shape)
    else:
        pictures = tf.reshape(tf.io.decode_raw(stored, tf.uint8), [-1, *shape])
    name = custom_config["augmentation"]
    seeds = tf.reshape(inputs[features.AUGMENTATION_SEED], [-1])
    return {
        features.PIXELS: augment(pictures, seeds, find_policy(name) if name else ()),
        features.LABEL: tf.reshape(inputs[features.LABEL], [-1]),
    }

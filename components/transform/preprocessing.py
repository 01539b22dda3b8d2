"""The preprocessing of a picture: decode (and resize) → augment(seed) → rescale.

TFX's Transform traces `preprocessing_fn` into a graph that training, evaluation and serving
all use. A picture's `augmentation_seed` decides what augmentation does: 0 (as in the stored
Examples, in evaluation and in serving) leaves the picture as it is; training feeds a new seed
per picture and epoch.
"""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from components import features, nodes
from components.code import code_fingerprint
from components.pictures import PictureFormat
from components.settings import NonNegativeNumber, from_json, settings, to_json
from components.transform.policies import Policy, augment, find_policy

#: Where TFX's Transform finds `preprocessing_fn`.
PREPROCESSING_FN = f"{__name__}.preprocessing_fn"


@settings
class TransformSettings:
    """What `preprocessing_fn` does.

    Attributes:
      picture_format: of the stored pictures.
      augmentation: name of a policy, or "" for none.
      strength: of that policy, see `find_policy`.
    """

    picture_format: PictureFormat
    augmentation: str = ""
    strength: NonNegativeNumber = 1.0

    @property
    def policy(self) -> Policy:
        """What training pictures undergo; () for nothing."""
        return find_policy(self.augmentation, self.strength) if self.augmentation else ()


def custom_config(settings: TransformSettings) -> dict[str, str]:
    """The settings as TFX's Transform hands them on, with the fingerprint of the code."""
    own_policy = [settings.augmentation] if "." in settings.augmentation else []
    return {
        nodes.SETTINGS: to_json(settings),
        nodes.CODE: code_fingerprint(PREPROCESSING_FN, *own_policy),
    }


def preprocessing_fn(
    inputs: dict[str, tf.Tensor], custom_config: Mapping[str, str]
) -> dict[str, tf.Tensor]:
    """Maps raw features to what the models are trained on.

    Args:
      inputs: batches [batch, 1] of the raw features of `components.features`.
      custom_config: see `custom_config`.

    Returns:
      `pixels`, float32 [batch, height, width, channels] with values k/255 for whole k (of
      another height and width where the policy crops or resizes), and `label`, int64 [batch].
    """
    settings = from_json(TransformSettings, custom_config[nodes.SETTINGS])
    pictures = settings.picture_format.decode_batch(tf.reshape(inputs[features.IMAGE], [-1]))
    seeds = tf.reshape(inputs[features.AUGMENTATION_SEED], [-1])
    return {
        features.PIXELS: augment(pictures, seeds, settings.policy),
        features.LABEL: tf.reshape(inputs[features.LABEL], [-1]),
    }

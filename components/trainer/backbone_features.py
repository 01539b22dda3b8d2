"""The node that runs a frozen backbone once over every split, so that training need not.

Its output are the same Examples with one more feature: what the backbone makes of the picture.
A training on them costs nothing but the head. The node's cache key is the Examples, the
transform graph and its settings (weights, upsampling, views), not the head's: another learning
rate finds everything in the cache.
"""

# No `from __future__ import annotations` here: TFX reads the annotations of @component.

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components import features
from components.code import load
from components.progress import emit
from components.settings import NonNegative, from_json, settings
from components.trainer.input_pipeline import augmentation_seeds, transform_function, with_seeds
from components.trainer.settings import TransferSettings
from components.trainer.transfer import features_of

# Of a part: what is done again at most when the node was killed.
_PICTURES_PER_PART = 512
_BATCH = 32


@settings
class FeatureSettings:
    """What the node is told.

    Attributes:
      node: its name, for progress.
      model: import path of a `components.trainer.transfer.TransferModel`.
      input_shape: (height, width, 3) of what Transform makes of pictures.
      transfer: the backbone.
      augment: whether training pictures get `transfer.views` augmented views beside the one
        as they are.
      seed: of the run, for the views.
      state_dir: where finished parts are kept until the node is done; "" keeps none.
      code: fingerprint of the code that runs here, for the cache.
    """

    node: str
    model: str
    input_shape: tuple[int, int, int]
    transfer: TransferSettings
    augment: bool = False
    seed: NonNegative = 0
    state_dir: str = ""
    code: str = ""


@component
def BackboneFeatures(
    examples: InputArtifact[standard_artifacts.Examples],
    transform_graph: InputArtifact[standard_artifacts.TransformGraph],
    featured: OutputArtifact[standard_artifacts.Examples],
    settings: Parameter[str],
) -> None:
    """Adds `components.features.BACKBONE` to every Example; `settings`: FeatureSettings as JSON."""
    given = from_json(FeatureSettings, settings)
    featured.split_names = examples.split_names
    for name in ("payload_format", "file_format"):
        value = examples.get_string_custom_property(name)
        if value:
            featured.set_string_custom_property(name, value)
    key = hashlib.sha256(f"{settings} {examples.uri} {transform_graph.uri}".encode()).hexdigest()
    state = Path(given.state_dir) / f"features-{key[:16]}" if given.state_dir else None
    extract = Extractor(given, tft.TFTransformOutput(transform_graph.uri))
    for split in artifact_utils.decode_split_names(examples.split_names):
        source = artifact_utils.get_split_uri([examples], split)
        target = artifact_utils.get_split_uri([featured], split)
        extract.split(split, source, target, state / split if state else None)
    if state:
        shutil.rmtree(state, ignore_errors=True)


class Extractor:
    """Runs the backbone over splits, part by part."""

    def __init__(self, settings: FeatureSettings, transform: tft.TFTransformOutput):
        height, width, channels = settings.input_shape
        transfer = settings.transfer
        model = load(settings.model)(
            (height, width, channels),
            1,
            upsampling=transfer.upsampling,
            weights=transfer.weights_file,
        )
        self._settings = settings
        self._spec = transform.raw_feature_spec()
        self._graph = transform_function(transform)
        backbone = features_of(model)
        self._features: Callable[[tf.Tensor], tf.Tensor] = tf.function(
            lambda pixels: backbone(pixels, training=False),
            input_signature=[tf.TensorSpec([None, *settings.input_shape], tf.float32)],
        )

    def split(self, split: str, source: str, target: str, state: Path | None) -> None:
        """Writes the Examples of the folder `source`, with features, into the folder `target`.

        Args:
          split: its name.
          source: folder with TFRecord files.
          target: folder to write into.
          state: folder where finished parts wait until all are done, and are looked for.
        """
        files = sorted(tf.io.gfile.glob(f"{source}/*"))
        records = tf.data.TFRecordDataset(files, compression_type="GZIP")
        total = int(records.reduce(np.int64(0), lambda count, _: count + 1))
        parts = max(1, -(-total // _PICTURES_PER_PART))
        tf.io.gfile.makedirs(target)
        if state:
            state.mkdir(parents=True, exist_ok=True)
        for part in range(parts):
            name = f"data_tfrecord-{part:05d}-of-{parts:05d}.gz"
            kept = str(state / name) if state else f"{target}/{name}"
            if not tf.io.gfile.exists(kept):
                start = part * _PICTURES_PER_PART
                chosen = records.skip(start).take(_PICTURES_PER_PART).batch(_BATCH)
                with tf.io.TFRecordWriter(f"{kept}.part", "GZIP") as writer:
                    done = start
                    for serialized in chosen.prefetch(1):
                        for example in self._featured(serialized, split):
                            writer.write(example)
                        done += len(serialized)
                        emit(
                            "progress",
                            node=self._settings.node,
                            what=f"{split} pictures",
                            done=done,
                            total=total,
                        )
                tf.io.gfile.rename(f"{kept}.part", kept, overwrite=True)
            if state:
                tf.io.gfile.copy(kept, f"{target}/{name}", overwrite=True)

    def _featured(self, serialized: tf.Tensor, split: str) -> Iterator[bytes]:
        raw = tf.io.parse_example(serialized, self._spec)
        seeds: list[tf.Tensor | None] = [None]
        if split == features.TRAIN and self._settings.augment:
            ids = tf.reshape(raw[features.EXAMPLE_ID], [-1])
            seeds += [
                augmentation_seeds(ids, self._settings.seed, tf.constant(view, tf.int64))
                for view in range(self._settings.transfer.views)
            ]
        views = [
            self._features(self._graph(with_seeds(raw, of_view))[features.PIXELS]).numpy()
            for of_view in seeds
        ]
        dtype = self._settings.transfer.feature_dtype
        stacked = np.stack(views, axis=1).astype(dtype)
        for record, of_picture in zip(serialized.numpy(), stacked, strict=True):
            example = tf.train.Example.FromString(record)
            values = example.features.feature[features.BACKBONE].bytes_list.value
            values.extend(view.tobytes() for view in of_picture)
            yield example.SerializeToString(deterministic=True)

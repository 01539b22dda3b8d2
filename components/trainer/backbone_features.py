"""The node that runs a frozen backbone once over every split, so that training need not.

Its output are the same Examples with one more feature: what the backbone makes of the picture.
A training on them costs nothing but the head. The node's cache key is the Examples, the
transform graph and its settings (weights, upsampling, views), not the head's: another learning
rate finds everything in the cache.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import ClassVar

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_artifacts

from components import features, manifest, names, nodes
from components.code import load
from components.environment import set_keras
from components.examples import parse, records_of, with_feature
from components.progress import emit
from components.settings import Count, NonNegative, settings
from components.trainer.accelerator import Accelerator, use_threads
from components.trainer.input_pipeline import augmentation_seeds, raw_features, transform_function
from components.trainer.node_settings import TransferSettings
from components.trainer.transfer import features_of

# Of a part: what is done again at most when the node was killed.
_PICTURES_PER_PART = 512
_BATCH = 32


@settings
class FeatureSettings:
    """What is computed.

    Attributes:
      node: the node's id, for progress.
      model: import path of a `components.trainer.transfer.TransferModel`.
      input_shape: (height, width, channels) of what Transform makes of pictures.
      transfer: the backbone.
      augment: whether training pictures get `transfer.views` augmented views beside the one
        as they are.
      seed: of the run, for the views.
      state_dir: where finished parts are kept until the node is done; "" keeps none.
      environment: see `TrainerSettings`.
      accelerator: whose threads count here, too.
    """

    node: str
    model: str
    input_shape: tuple[Count, Count, Count]
    transfer: TransferSettings
    augment: bool = False
    seed: NonNegative = 0
    state_dir: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    accelerator: Accelerator = field(default_factory=Accelerator)

    @property
    def import_paths(self) -> tuple[str, ...]:
        """See `components.nodes.Node`."""
        return (self.model,)


class Executor(nodes.NodeExecutor):
    """Adds `components.features.BACKBONE` to every Example."""

    SETTINGS = FeatureSettings

    def run(
        self, settings: FeatureSettings, inputs: nodes.Artifacts, outputs: nodes.Artifacts
    ) -> None:
        """See the module's text."""
        use_threads(settings.accelerator)
        set_keras()
        [examples] = inputs[names.OUTPUT_EXAMPLES]
        [transform_graph] = inputs[names.OUTPUT_TRANSFORM_GRAPH]
        [featured] = outputs[names.OUTPUT_FEATURED]
        featured.split_names = examples.split_names
        for name in ("payload_format", "file_format"):
            value = examples.get_string_custom_property(name)
            if value:
                featured.set_string_custom_property(name, value)
        key = hashlib.sha256(f"{self.identity} {examples.uri} {transform_graph.uri}".encode())
        state_dir = settings.state_dir
        state = Path(state_dir) / f"features-{key.hexdigest()[:16]}" if state_dir else None
        extract = Extractor(settings, tft.TFTransformOutput(transform_graph.uri))
        for split in artifact_utils.decode_split_names(examples.split_names):
            source = artifact_utils.get_split_uri([examples], split)
            target = artifact_utils.get_split_uri([featured], split)
            extract.split(split, source, target, state / split if state else None)
        if state:
            shutil.rmtree(state, ignore_errors=True)


class BackboneFeatures(nodes.Node):
    """The node.

    It takes examples and a transform graph, and leaves `featured`: the same Examples with
    what the backbone made of each.

        node = BackboneFeatures(
            settings=FeatureSettings(…), examples=…, transform_graph=…
        ).with_id(names.backbone_features(names.CANDIDATE))
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    INPUTS: ClassVar = {
        names.OUTPUT_EXAMPLES: standard_artifacts.Examples,
        names.OUTPUT_TRANSFORM_GRAPH: standard_artifacts.TransformGraph,
    }
    OUTPUTS: ClassVar = {names.OUTPUT_FEATURED: standard_artifacts.Examples}


class Extractor:
    """Runs the backbone over splits, part by part."""

    def __init__(self, settings: FeatureSettings, transform: tft.TFTransformOutput):
        transfer = settings.transfer
        model = load(settings.model)(
            settings.input_shape,
            1,
            upsampling=transfer.upsampling,
            weights=transfer.weights_file,
        )
        self._settings = settings
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
        records = records_of(source)
        total = int(records.reduce(np.int64(0), lambda count, _: count + 1))
        parts = max(1, -(-total // _PICTURES_PER_PART))
        tf.io.gfile.makedirs(target)
        if state:
            state.mkdir(parents=True, exist_ok=True)
        for part in range(parts):
            name = f"data_tfrecord-{part:05d}-of-{parts:05d}.gz"
            kept = str(state / name) if state else f"{target}/{name}"
            if not state or manifest.damage(state / name):
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
                    manifest.write_manifest(state / name)
            if state:
                tf.io.gfile.copy(kept, f"{target}/{name}", overwrite=True)

    def _featured(self, serialized: tf.Tensor, split: str) -> Iterator[bytes]:
        images, ids = parse(serialized, features.IMAGE, features.EXAMPLE_ID)
        seeds: list[tf.Tensor | None] = [None]
        if split == features.TRAIN and self._settings.augment:
            seeds += [
                augmentation_seeds(ids, self._settings.seed, tf.constant(view, tf.int64))
                for view in range(self._settings.transfer.views)
            ]
        views = [
            self._features(self._graph(raw_features(images, of_view))[features.PIXELS]).numpy()
            for of_view in seeds
        ]
        dtype = self._settings.transfer.feature_dtype
        stacked = np.stack(views, axis=1).astype(dtype)
        for record, of_picture in zip(serialized.numpy(), stacked, strict=True):
            yield with_feature(record, features.BACKBONE, [view.tobytes() for view in of_picture])

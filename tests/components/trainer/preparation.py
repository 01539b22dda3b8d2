"""A small data set taken through ExampleGen and Transform, for tests of what comes after."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform import impl_helper
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io

from components.pictures import PictureFormat
from components.trainer.input_pipeline import load_split, load_stored
from components.trainer.split import AnySplit, Split
from components.transform.preprocessing import TransformSettings, custom_config, preprocessing_fn
from components.validation.schema import picture_schema
from tests.components.ingestion.test_example_gen import ingest


def in_memory(split: AnySplit) -> Split:
    """A split that was read without a bound."""
    assert isinstance(split, Split)
    return split


class Prepared(SimpleNamespace):
    """The data set: `folder` it came from, `examples`, transform `graph`, `picture_format`."""

    folder: Path
    examples: Path
    graph: str
    picture_format: PictureFormat

    def files(self, split: str) -> list[str]:
        return [f"{self.examples}/Split-{split}/*"]

    def output(self) -> tft.TFTransformOutput:
        return tft.TFTransformOutput(self.graph)

    def load(self, split: str, *, augmented: bool = False) -> Split:
        if augmented:
            return in_memory(load_stored(self.files(split), self.picture_format))
        return in_memory(load_split(self.files(split), self.output()))


def prepare(root: Path, folder: Path, *, settings: TransformSettings, **ingestion: Any) -> Prepared:
    """Runs ExampleGen's executor and traces Transform's graph, both below `root`."""
    picture_format = settings.picture_format
    ingest(folder, root / "examples", picture_format=picture_format, **ingestion)
    graph = str(root / "graph")
    size = None if picture_format.encoded else picture_format.shape[:2]
    text = picture_schema(
        len(picture_format.class_names), size, max_label_skew=0.04, max_brightness_skew=0.1
    )
    schema = text_format.Parse(text, schema_pb2.Schema())
    metadata = dataset_metadata.DatasetMetadata(schema)
    metadata_io.write_metadata(metadata, f"{graph}/{tft.TFTransformOutput.RAW_METADATA_DIR}")
    kinds = {"image": tf.string, "class_name": tf.string, "example_id": tf.string}
    specs = {
        feature.name: tf.io.FixedLenFeature(
            [1],
            kinds.get(feature.name, tf.float32 if feature.name == "mean_intensity" else tf.int64),
        )
        for feature in schema.feature
    }
    types = {name: tf.TensorSpec([None, 1], spec.dtype) for name, spec in specs.items()}
    impl_helper.analyze_in_place(
        lambda inputs: preprocessing_fn(inputs, custom_config(settings)),
        *(False, specs, types, graph),
    )
    return Prepared(
        folder=folder, examples=root / "examples", graph=graph, picture_format=picture_format
    )

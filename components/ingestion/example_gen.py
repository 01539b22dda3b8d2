"""ExampleGen for pictures: any `Reader` → TFRecord files of tf.train.Example in three splits.

`train` and `eval` come from the data set's training pictures, divided by a stable hash of
each picture's id; `test` is the data set's own test set. Each shard is read and written by
one worker, picture by picture, so memory does not grow with the data set, and the files
come out the same in every run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import apache_beam as beam
import tensorflow as tf
from google.protobuf import any_pb2, json_format, struct_pb2
from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.components.util import examples_utils
from tfx.dsl.components.base import executor_spec
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils

from components import features
from components.code import load
from components.errors import UserError
from components.ingestion.reader import Picture, Shard

#: In the examples artifact, beside the splits: pictures per split and class.
COUNTS_FILE = "counts.json"


def held_out(example_id: str, fraction: float) -> bool:
    """Whether a training picture belongs to `eval`: true for about `fraction` of all ids.

    The id alone decides, so a picture stays where it is whatever its neighbours are.
    """
    digest = hashlib.blake2b(example_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < fraction * 2**64


def to_example(picture: Picture, class_names: list[str]) -> bytes:
    """Serializes a picture as tf.train.Example with the raw features of `components.features`.

    A label outside the known classes keeps its number and gets the name "?"; validation
    stops the run and names it.
    """
    label = picture.label
    name = class_names[label] if 0 <= label < len(class_names) else "?"
    example = tf.train.Example()
    # Filling the map in place takes half the time of building it from Feature objects.
    feature = example.features.feature
    feature[features.IMAGE].bytes_list.value.append(picture.image)
    feature[features.LABEL].int64_list.value.append(label)
    feature[features.CLASS_NAME].bytes_list.value.append(name.encode())
    feature[features.EXAMPLE_ID].bytes_list.value.append(picture.example_id.encode())
    feature[features.AUGMENTATION_SEED].int64_list.value.append(0)
    feature[features.HEIGHT].int64_list.value.append(picture.height)
    feature[features.WIDTH].int64_list.value.append(picture.width)
    feature[features.MEAN_INTENSITY].float_list.value.append(picture.mean_intensity)
    return example.SerializeToString(deterministic=True)


class PictureExampleGen(FileBasedExampleGen):
    """The node. Its driver looks at the files' sizes and times, so changed data runs anew."""

    def __init__(
        self,
        *,
        input_base: str,
        reader: str,
        class_names: list[str],
        shape: list[int],
        eval_fraction: float,
        limits: Mapping[str, int],
        code: str,
    ):
        """Builds the node.

        Args:
          input_base: folder of the data set.
          reader: import path of a `Reader` class.
          class_names: names of the labels 0, 1, …
          shape: [height, width, channels] of every picture.
          eval_fraction: share of the training pictures held out as `eval`, 0 … 1.
          limits: at most this many pictures a source ("train", "test"); 0 means all.
          code: fingerprint of the code that runs here, for the cache.
        """
        settings = struct_pb2.Struct()
        settings.update(
            {
                "reader": reader,
                "class_names": class_names,
                "picture_bytes": math.prod(shape),
                "eval_fraction": eval_fraction,
                "limits": dict(limits),
                "code": code,
            }
        )
        packed = any_pb2.Any()
        packed.Pack(settings)
        super().__init__(
            input_base=input_base,
            input_config=example_gen_pb2.Input(
                splits=[
                    example_gen_pb2.Input.Split(name=source, pattern=pattern)
                    for source, pattern in load(reader).patterns.items()
                ]
            ),
            custom_config=example_gen_pb2.CustomConfig(custom_config=packed),
            custom_executor_spec=executor_spec.BeamExecutorSpec(Executor),
        )


class Executor(BaseBeamExecutor):
    """Writes the examples artifact: `Split-*/data_tfrecord-*.gz` and `counts.json`."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """See the module's text.

        Raises:
          UserError: the data are missing or broken, or a split would be empty.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        settings = _settings(exec_properties)
        folder = Path(exec_properties["input_base"])
        artifact = artifact_utils.get_single_instance(output_dict["examples"])
        artifact.split_names = artifact_utils.encode_split_names(list(features.SPLITS))
        examples_utils.set_payload_format(artifact, example_gen_pb2.FORMAT_TF_EXAMPLE)
        examples_utils.set_file_format(artifact, "tfrecords_gzip")
        split_uris = {
            split: artifact_utils.get_split_uri([artifact], split) for split in features.SPLITS
        }
        for uri in split_uris.values():
            fileio.makedirs(uri)
        limits = {source: int(limit) for source, limit in settings["limits"].items()}
        shards = load(settings["reader"])().shards(folder, limits)
        with self._make_beam_pipeline() as pipeline:
            _ = (
                pipeline
                | "Shards" >> beam.Create(shards)
                # Shards may go to different workers; pictures never pass through a shuffle.
                | "Spread" >> beam.Reshuffle()
                | "Write" >> beam.ParDo(_WriteShard(settings, folder, split_uris))
                | "Count" >> beam.CombineGlobally(_add_counts)
                | "Counts" >> beam.Map(_write_counts, f"{artifact.uri}/{COUNTS_FILE}")
            )


def _settings(exec_properties: Mapping[str, Any]) -> dict[str, Any]:
    config = example_gen_pb2.CustomConfig()
    json_format.Parse(exec_properties["custom_config"], config)
    settings = struct_pb2.Struct()
    config.custom_config.Unpack(settings)
    return json_format.MessageToDict(settings)


class _WriteShard(beam.DoFn):
    """Reads a shard's pictures and writes them, each to its split's file of that shard."""

    def __init__(self, settings: dict[str, Any], folder: Path, split_uris: dict[str, str]):
        self._settings = settings
        self._folder = folder
        self._split_uris = split_uris

    def process(self, shard: Shard) -> Iterator[Counter[str]]:
        class_names = self._settings["class_names"]
        counts: Counter[str] = Counter()
        splits = (features.TEST,) if shard.source == "test" else (features.TRAIN, features.EVAL)
        with contextlib.ExitStack() as stack:
            # A file gets its name when it is complete: a worker that is restarted, or a
            # second one on the same shard, leaves no half-written file to be read.
            writers = {
                split: stack.enter_context(_record_writer(self._path(split, shard)))
                for split in splits
            }
            for picture in load(self._settings["reader"])().read(self._folder, shard):
                self._check_size(picture)
                if shard.source == "test":
                    split = features.TEST
                elif held_out(picture.example_id, self._settings["eval_fraction"]):
                    split = features.EVAL
                else:
                    split = features.TRAIN
                writers[split].write(to_example(picture, class_names))
                counts[f"{split}/{picture.label}"] += 1
        yield counts

    def _path(self, split: str, shard: Shard) -> str:
        return f"{self._split_uris[split]}/data_tfrecord-{shard.index:05d}-of-{shard.of:05d}.gz"

    def _check_size(self, picture: Picture) -> None:
        expected = int(self._settings["picture_bytes"])
        if len(picture.image) != expected:
            raise UserError(
                f"picture {picture.example_id} has {len(picture.image)} bytes "
                f"({picture.height}×{picture.width}), but the data set of this experiment has "
                f"pictures of {expected} bytes: give a folder with such pictures"
            )


@contextlib.contextmanager
def _record_writer(path: str) -> Iterator[tf.io.TFRecordWriter]:
    temporary = f"{path}.{uuid.uuid4().hex}.part"
    options = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)
    with tf.io.TFRecordWriter(temporary, options) as writer:
        yield writer
    tf.io.gfile.rename(temporary, path, overwrite=True)


def _add_counts(counts: Iterable[Counter[str]]) -> Counter[str]:
    return sum(counts, Counter())


def _write_counts(counts: Counter[str], path: str) -> None:
    table: dict[str, dict[str, int]] = {split: {} for split in features.SPLITS}
    for key in sorted(counts):
        split, _, label = key.partition("/")
        table[split][label] = counts[key]
    for split, by_label in table.items():
        if not by_label:
            raise UserError(
                f"split {split!r} would be empty: raise --limit, or change dataset.eval_fraction"
            )
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(json.dumps(table, indent=1))

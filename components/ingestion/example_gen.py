"""ExampleGen for pictures: any `Reader` → TFRecord files of tf.train.Example in three splits.

`train` and `eval` come from the data set's training pictures, divided by a stable hash of
each picture's id; `test` is the data set's test set. Each shard is read and written by one
worker, picture by picture, so memory does not grow with the data set, and the files come
out the same in every run. A picture that cannot be used is left out and named; too many of
them fail the run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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
from components.ingestion.reader import Picture, Reader, Rejected, Selection, Shard, make_reader

#: In the examples artifact, beside the splits: pictures per split and class, and what a
#: person should know of some of them: [{"note", "used", "count", "pictures"}, …].
COUNTS_FILE, NOTES_FILE = "counts.json", "notes.json"

# At most so many pictures that are used are named for one note; those left out are all named.
_NAMED = 20


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
        options: Mapping[str, Any] | None = None,
        class_names: list[str],
        shape: list[int],
        eval_fraction: float,
        selection: Selection,
        max_broken: float,
        code: str,
    ):
        """Builds the node.

        Args:
          input_base: folder of the data set.
          reader: import path of a `Reader` class.
          options: of its format.
          class_names: names of the labels 0, 1, …
          shape: [height, width, channels] of every picture, where raw pixels are stored.
          eval_fraction: share of the training pictures held out as `eval`, 0 … 1.
          selection: which pictures are used.
          max_broken: a larger share of pictures that cannot be used fails the run, 0 … 1.
          code: fingerprint of the code that runs here, for the cache.
        """
        reader_class = load(reader)
        settings = struct_pb2.Struct()
        settings.update(
            {
                "reader": reader,
                "options": dict(options or {}),
                "class_names": class_names,
                "picture_bytes": 0 if reader_class.encoded else math.prod(shape),
                "eval_fraction": eval_fraction,
                "selection": dataclasses.asdict(selection),
                "max_broken": max_broken,
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
                    for source, pattern in reader_class.patterns.items()
                ]
            ),
            custom_config=example_gen_pb2.CustomConfig(custom_config=packed),
            custom_executor_spec=executor_spec.BeamExecutorSpec(Executor),
        )


class Executor(BaseBeamExecutor):
    """Writes the examples artifact: `Split-*/data_tfrecord-*.gz`, `counts.json`, `notes.json`."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """See the module's text.

        Raises:
          UserError: the data are missing or broken, too many pictures are, or a split would
            be empty.
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
        shards = _reader(settings).shards(folder, _selection(settings))
        with self._make_beam_pipeline() as pipeline:
            _ = (
                pipeline
                | "Shards" >> beam.Create(shards)
                # Shards may go to different workers; pictures never pass through a shuffle.
                | "Spread" >> beam.Reshuffle()
                | "Write" >> beam.ParDo(_WriteShard(settings, folder, split_uris))
                | "Tally" >> beam.CombineGlobally(_add)
                | "Finish" >> beam.Map(_finish, artifact.uri, settings["max_broken"])
            )


def _settings(exec_properties: Mapping[str, Any]) -> dict[str, Any]:
    config = example_gen_pb2.CustomConfig()
    json_format.Parse(exec_properties["custom_config"], config)
    settings = struct_pb2.Struct()
    config.custom_config.Unpack(settings)
    return json_format.MessageToDict(settings)


def _reader(settings: Mapping[str, Any]) -> Reader:
    return make_reader(settings["reader"], settings["class_names"], settings["options"])


def _selection(settings: Mapping[str, Any]) -> Selection:
    told = settings["selection"]  # a Struct knows no whole numbers
    whole = {name: int(told[name]) for name in ("train_limit", "test_limit", "data_subset")}
    return Selection(**whole, test_fraction=told["test_fraction"])


@dataclass
class _Tally:
    """What shards were found to hold.

    Attributes:
      pictures: (split, label) → number of pictures.
      notes: (note, whether the picture is used) → names of pictures, used ones up to
        `_NAMED`.
      noted: the same → number of pictures.
    """

    pictures: Counter[tuple[str, int]] = field(default_factory=Counter)
    notes: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    noted: Counter[tuple[str, bool]] = field(default_factory=Counter)

    def note(self, example_id: str, text: str, *, used: bool) -> None:
        key = (text, used)
        self.noted[key] += 1
        names = self.notes.setdefault(key, [])
        if not used or len(names) < _NAMED:
            names.append(example_id)

    def add(self, other: _Tally) -> None:
        self.pictures.update(other.pictures)
        self.noted.update(other.noted)
        for key, names in other.notes.items():
            merged = sorted(self.notes.get(key, []) + names)
            self.notes[key] = merged[:_NAMED] if key[1] else merged


class _WriteShard(beam.DoFn):
    """Reads a shard's pictures and writes them, each to its split's file of that shard."""

    def __init__(self, settings: dict[str, Any], folder: Path, split_uris: dict[str, str]):
        self._settings = settings
        self._folder = folder
        self._split_uris = split_uris

    def process(self, shard: Shard) -> Iterator[_Tally]:
        class_names = self._settings["class_names"]
        tally = _Tally()
        splits = (features.TEST,) if shard.source == "test" else (features.TRAIN, features.EVAL)
        with contextlib.ExitStack() as stack:
            # A file gets its name when it is complete: a worker that is restarted, or a
            # second one on the same shard, leaves no half-written file to be read.
            writers = {
                split: stack.enter_context(_record_writer(self._path(split, shard)))
                for split in splits
            }
            for picture in _reader(self._settings).read(self._folder, shard):
                if isinstance(picture, Rejected):
                    tally.note(picture.example_id, picture.reason, used=False)
                    continue
                self._check_size(picture)
                if shard.source == "test":
                    split = features.TEST
                elif held_out(picture.example_id, self._settings["eval_fraction"]):
                    split = features.EVAL
                else:
                    split = features.TRAIN
                writers[split].write(to_example(picture, class_names))
                tally.pictures[split, picture.label] += 1
                if picture.note:
                    tally.note(picture.example_id, picture.note, used=True)
        yield tally

    def _path(self, split: str, shard: Shard) -> str:
        return f"{self._split_uris[split]}/data_tfrecord-{shard.index:05d}-of-{shard.of:05d}.gz"

    def _check_size(self, picture: Picture) -> None:
        expected = int(self._settings["picture_bytes"])
        if expected and len(picture.image) != expected:
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


def _add(tallies: Iterable[_Tally]) -> _Tally:
    total = _Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _finish(tally: _Tally, folder: str, max_broken: float) -> None:
    """Checks what was found, and writes it beside the splits."""
    broken = sum(count for (_, used), count in tally.noted.items() if not used)
    pictures = broken + tally.pictures.total()
    if broken > max_broken * pictures:
        named = [
            f"{name} ({text})"
            for (text, used), names in tally.notes.items()
            for name in names
            if not used
        ]
        raise UserError(
            f"{broken:,} of {pictures:,} pictures cannot be used, more than a share of "
            f"{max_broken:g}: {', '.join(sorted(named)[:5])}{', …' if broken > 5 else ''}. "
            "Mend or remove them, or raise dataset.max_broken"
        )
    counts: dict[str, dict[str, int]] = {split: {} for split in features.SPLITS}
    for (split, label), count in sorted(tally.pictures.items()):
        counts[split][str(label)] = count
    for split, by_label in counts.items():
        if not by_label:
            raise UserError(
                f"split {split!r} would be empty: raise --limit, or change dataset.eval_fraction"
            )
    notes = [
        {"note": text, "used": used, "count": tally.noted[text, used], "pictures": names}
        for (text, used), names in sorted(tally.notes.items())
    ]
    for name, content in ((COUNTS_FILE, counts), (NOTES_FILE, notes)):
        with tf.io.gfile.GFile(f"{folder}/{name}", "w") as file:
            file.write(json.dumps(content, indent=1, ensure_ascii=False))

"""ExampleGen for pictures: any `Reader` → TFRecord files of tf.train.Example in three splits.

`train` and `eval` come from the data set's training pictures, divided by a stable hash of
each picture's id; `test` is the data set's test set. Each shard is read and written by one
worker, picture by picture; of a picture that is written only its name and a short fingerprint
are kept. The files come out the same in every run. A picture that cannot be used is left out and
named; too many of them fail the run, and so do test pictures that stand in `train` or `eval`, too.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, ClassVar

import apache_beam as beam
import tensorflow as tf
from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.components.util import examples_utils
from tfx.dsl.components.base import executor_spec
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.io import fileio
from tfx.proto import example_gen_pb2
from tfx.types import (
    artifact_utils,
    channel,
    component_spec,
    standard_artifacts,
    standard_component_specs,
)

from components import features, names, nodes
from components.code import load
from components.errors import UserError
from components.ingestion import leaks, tally
from components.ingestion.driver import Driver
from components.ingestion.lists import Listed, without_names
from components.ingestion.reader import (
    NOTE_SEPARATOR,
    Picture,
    Reader,
    Rejected,
    Selection,
    Shard,
    make_reader,
)
from components.ingestion.records import record_writer, to_example
from components.ingestion.subset import held_out
from components.pictures import PictureFormat, decode
from components.settings import Share, from_json, settings, to_json

_LISTS = "lists"  # folder with the names of shards' pictures, while they are read
_SEEN = "seen"  # the output for `leaks.find`


@settings
class ExampleGenSettings:
    """What is ingested.

    Attributes:
      reader: import path of a `Reader` class.
      options: of its format.
      picture_format: of what the reader stores.
      eval_fraction: share of the training pictures held out as `eval`, 0 … 1.
      selection: which pictures are used.
      max_broken: a larger share of pictures that cannot be used fails the run, 0 … 1.
      max_leaked: a larger share of test pictures that stand in `train` or `eval`, too, fails the
        run, 0 … 1.
      sha256: of the files, as they were looked at before, see `Contents`; empty where nobody did.
        They are looked at again after they were read, and must be the same: so the cache goes by
        what the files hold, and not by their sizes and times.
    """

    reader: str
    options: dict[str, Any] = field(default_factory=dict)
    picture_format: PictureFormat
    eval_fraction: Share
    selection: Selection
    max_broken: Share
    max_leaked: Share
    sha256: dict[str, str] = field(default_factory=dict)


class _Spec(standard_component_specs.FileBasedExampleGenSpec):
    PARAMETERS: ClassVar = {
        **standard_component_specs.FileBasedExampleGenSpec.PARAMETERS,
        nodes.SETTINGS: component_spec.ExecutionParameter(type=str),
        nodes.CODE: component_spec.ExecutionParameter(type=str),
    }


class PictureExampleGen(FileBasedExampleGen):
    """The node. Changed data runs anew.

    What the files hold is part of its settings; where nobody looked at that before, its driver
    looks at their sizes and times.

    It takes a folder, and leaves `examples`: the splits of `components.features.SPLITS`,
    `COUNTS_FILE`, `NOTES_FILE`, `LEAKS` and `CONTENT` of `components.ingestion.tally`.

        node = PictureExampleGen(input_base="data/mine", settings=ExampleGenSettings(…))
        node.outputs[names.OUTPUT_EXAMPLES]
    """

    SPEC_CLASS = _Spec
    DRIVER_CLASS = Driver

    def __init__(self, *, input_base: str, settings: ExampleGenSettings):
        """Builds the node.

        Args:
          input_base: folder of the data set.
          settings: see `ExampleGenSettings`.
        """
        input_config = example_gen_pb2.Input(
            splits=[
                example_gen_pb2.Input.Split(name=source, pattern=pattern)
                for source, pattern in load(settings.reader).patterns.items()
            ]
        )
        # TFX's own constructor knows its own parameters only, so what it calls is called here.
        super(FileBasedExampleGen, self).__init__(
            spec=_Spec(
                input_base=input_base,
                input_config=input_config,
                output_config=example_gen_pb2.Output(),
                output_data_format=example_gen_pb2.FORMAT_TF_EXAMPLE,
                output_file_format=example_gen_pb2.FORMAT_TFRECORDS_GZIP,
                examples=channel.Channel(type=standard_artifacts.Examples),
                **{
                    nodes.SETTINGS: to_json(settings),
                    nodes.CODE: nodes.executor_code(Executor, settings.reader),
                },
            ),
            custom_executor_spec=executor_spec.BeamExecutorSpec(Executor),
        )


class Executor(BaseBeamExecutor):
    """Writes the examples artifact: `Split-*/data_tfrecord-*.gz` and the files of `tally`."""

    def Do(
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """See the module's text.

        Raises:
          UserError: the data are missing or broken, or changed meanwhile, too many pictures are
            broken, too many test pictures have leaked, or a split would be empty.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        settings = from_json(ExampleGenSettings, exec_properties[nodes.SETTINGS])
        folder = Path(exec_properties["input_base"])
        artifact = artifact_utils.get_single_instance(output_dict[names.OUTPUT_EXAMPLES])
        artifact.split_names = artifact_utils.encode_split_names(list(features.SPLITS))
        examples_utils.set_payload_format(artifact, example_gen_pb2.FORMAT_TF_EXAMPLE)
        examples_utils.set_file_format(artifact, "tfrecords_gzip")
        split_uris = {
            split: artifact_utils.get_split_uri([artifact], split) for split in features.SPLITS
        }
        for uri in split_uris.values():
            fileio.makedirs(uri)
        reader = _reader(settings)
        lists = Path(artifact.uri) / _LISTS
        shards = without_names(reader.shards(folder, settings.selection), lists)
        left_out = reader.left_out(folder) if hasattr(reader, "left_out") else {}
        with self._make_beam_pipeline() as pipeline:
            written = (
                pipeline
                | "Shards" >> beam.Create(shards)
                # Shards may go to different workers; pictures never pass through a shuffle.
                | "Spread" >> beam.Reshuffle()
                | "Write"
                >> beam.ParDo(_WriteShard(settings, folder, split_uris)).with_outputs(
                    _SEEN, main="tallies"
                )
            )
            _ = (
                written.tallies
                | "Tally" >> beam.CombineGlobally(tally.total)
                | "Finish" >> beam.Map(tally.finish, artifact.uri, settings.max_broken, left_out)
            )
            class_names = settings.picture_format.class_names
            _ = (
                written[_SEEN]
                | "Meet" >> beam.GroupByKey()
                | "Find copies" >> beam.MapTuple(lambda _, blocks: leaks.find(blocks, class_names))
                | "Add up copies" >> beam.CombineGlobally(leaks.total)
                | "Check copies" >> beam.Map(tally.finish_leaks, artifact.uri, settings.max_leaked)
            )
        shutil.rmtree(lists, ignore_errors=True)
        sha256 = dict(reader.inspect(folder).sha256)
        _check_same(folder, settings.sha256, sha256)
        tally.CONTENT.write(artifact.uri, sha256)


def _check_same(folder: Path, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    changed = [name for name in now if before and now[name] != before.get(name)]
    if changed:
        raise UserError(
            f"{folder} changed while it was read ({', '.join(changed)}): let nothing write there, "
            "and run again"
        )


def _reader(settings: ExampleGenSettings) -> Reader:
    return make_reader(settings.reader, settings.picture_format.class_names, settings.options)


class _WriteShard(beam.DoFn):
    """Reads a shard's pictures and writes them, each to its split's file of that shard.

    Yields the shard's tally, and as `_SEEN` what `leaks.find` takes.
    """

    def __init__(self, settings: ExampleGenSettings, folder: Path, split_uris: dict[str, str]):
        self._settings = settings
        self._folder = folder
        self._split_uris = split_uris

    def process(self, listed: Listed) -> Iterator[tally.Tally | beam.pvalue.TaggedOutput]:
        shard = listed.all()
        class_names = self._settings.picture_format.class_names
        draw = self._settings.selection.draw_of_training
        counted, seen = tally.Tally(), leaks.Seen()
        splits = (features.TEST,) if shard.source == "test" else (features.TRAIN, features.EVAL)
        with contextlib.ExitStack() as stack:
            # A file gets its name when it is complete: a worker that is restarted, or a
            # second one on the same shard, leaves no half-written file to be read.
            writers = {
                split: stack.enter_context(record_writer(self._path(split, shard)))
                for split in splits
            }
            for picture in _reader(self._settings).read(self._folder, shard):
                if isinstance(picture, Rejected):
                    counted.note(picture.example_id, picture.reason, used=False)
                    continue
                self._check_size(picture)
                if shard.source == "test":
                    split = features.TEST
                elif held_out(picture.example_id, self._settings.eval_fraction, draw):
                    split = features.EVAL
                else:
                    split = features.TRAIN
                writers[split].write(to_example(picture, class_names))
                counted.pictures[split, picture.label] += 1
                seen.add(self._fingerprint(picture), split, picture.label, picture.example_id)
                for note in filter(None, picture.note.split(NOTE_SEPARATOR)):
                    counted.note(picture.example_id, note, used=True)
        yield counted
        for block in seen.blocks():
            yield beam.pvalue.TaggedOutput(_SEEN, block)

    def _path(self, split: str, shard: Shard) -> str:
        return f"{self._split_uris[split]}/data_tfrecord-{shard.index:05d}-of-{shard.of:05d}.gz"

    def _fingerprint(self, picture: Picture) -> bytes:
        if picture.fingerprint:
            return picture.fingerprint
        pixels: Any = picture.image
        if self._settings.picture_format.encoded:
            try:
                pixels = decode(tf.constant(picture.image), 3).numpy()
            except tf.errors.InvalidArgumentError as error:
                raise UserError(
                    f"picture {picture.example_id} cannot be decoded: {self._settings.reader} "
                    "must leave it out, as Rejected"
                ) from error
        return leaks.fingerprint(pixels, picture.height, picture.width)

    def _check_size(self, picture: Picture) -> None:
        expected = self._settings.picture_format.stored_bytes
        if expected and len(picture.image) != expected:
            raise UserError(
                f"picture {picture.example_id} has {len(picture.image)} bytes "
                f"({picture.height}×{picture.width}), but the data set of this experiment has "
                f"pictures of {expected} bytes: give a folder with such pictures"
            )

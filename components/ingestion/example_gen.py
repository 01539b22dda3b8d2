"""ExampleGen for pictures: any `Reader` → TFRecord files of tf.train.Example in three splits.

`train` and `eval` come from the data set's training pictures, divided by a stable hash of
each picture's id; `test` is the data set's test set. Each shard is read and written by one
worker, picture by picture; of a picture that is written only its name and a short fingerprint
are kept. The files come out the same in every run. A picture that cannot be used is left out and
named; too many of them fail the run, and so do test pictures that stand in `train` or `eval`, too.

The workers also make the checksums of what they read, so that what was read is what was checked.
The job itself carries no name of a picture: these lie in files, see `components.ingestion.lists`.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, ClassVar

import apache_beam as beam
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
from components.ingestion.lists import Listed, Lists, Where
from components.ingestion.reader import CHECK, Reader, Selection, Shard
from components.ingestion.write_shard import SEEN, WriteShard, reader_of, write_sums
from components.pictures import PictureFormat
from components.settings import Share, from_json, settings, to_json

_LISTS = "lists"  # folder of `Lists`, while pictures are read


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
        with _scratch(Path(artifact.uri) / _LISTS) as scratch:
            reader, lists = reader_of(settings), Lists(scratch)
            source = reader.prepare(folder, scratch) if hasattr(reader, "prepare") else folder
            counts = lists.write_shards(_shards(reader, source, settings.selection))
            left_out = reader.left_out(folder) if hasattr(reader, "left_out") else {}
            with self._make_beam_pipeline() as pipeline:
                write = WriteShard(settings, source, split_uris, lists)
                _read(pipeline, write, counts, artifact.uri, left_out)
            if _sums_itself(reader):
                sha256 = dict(reader.contents(lists.read_sums(counts)))
            else:
                sha256 = dict(reader.inspect(folder).sha256)
        _check_same(folder, settings.sha256, sha256)
        tally.CONTENT.write(artifact.uri, sha256)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """An empty folder, which is gone after the body."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read(
    pipeline: beam.Pipeline,
    write: WriteShard,
    counts: Mapping[str, int],
    uri: str,
    left_out: Mapping[str, Sequence[str]],
) -> None:
    """Has the shards read and written, checked, and looked through for copies.

    Args:
      pipeline: that is to do it.
      write: what does it with a shard.
      counts: number of shards by source.
      uri: of the examples artifact.
      left_out: see `tally.finish`.
    """
    settings, lists = write.settings, write.lists
    written = (
        pipeline
        | "Sources" >> beam.Create(_sources(counts))
        | "Shards" >> beam.FlatMapTuple(_numbered)
        # Shards may go to different workers; pictures never pass through a shuffle.
        | "Spread" >> beam.Reshuffle()
        | "Write" >> beam.ParDo(write).with_outputs(SEEN, main="tallies")
    )
    _ = (
        written.tallies
        | "Tally" >> beam.CombineGlobally(tally.total)
        | "Finish" >> beam.Map(tally.finish, uri, settings.max_broken, left_out)
        # Now that all was read: what changed before is seen.
        | "Unread" >> beam.FlatMap(lambda _, count: _numbered(CHECK, count), counts.get(CHECK, 0))
        | "Spread unread" >> beam.Reshuffle()
        | "Check" >> beam.Map(write_sums, settings, write.folder, lists)
    )
    _ = (
        written[SEEN]
        | "Meet" >> beam.GroupByKey()
        | "Find copies" >> beam.Map(_find_copies, lists, settings.picture_format.class_names)
        | "Add up copies" >> beam.CombineGlobally(leaks.total)
        | "Check copies" >> beam.Map(tally.finish_leaks, uri, settings.max_leaked)
    )


def _sums_itself(reader: Reader) -> bool:
    """Whether those who read a reader's shards make its checksums, see `Reader`."""
    return hasattr(reader, "unread")


def _shards(reader: Any, folder: Path, selection: Selection) -> Iterator[Shard]:
    yield from reader.shards(folder, selection)
    if _sums_itself(reader):
        yield from reader.unread(folder, selection)


def _sources(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The sources with pictures, and their numbers of shards."""
    return sorted((source, count) for source, count in counts.items() if source != CHECK)


def _numbered(source: str, count: int) -> Iterator[Listed]:
    return (Listed(source, index) for index in range(count))


def _find_copies(
    met: tuple[int, Iterable[Where]], lists: Lists, class_names: Sequence[str]
) -> leaks.Leaks:
    places = sorted(Where(*place) for place in met[1])
    return leaks.find(map(lists.read_block, places), class_names)


def _check_same(folder: Path, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    changed = [name for name in now if before and now[name] != before.get(name)]
    if changed:
        raise UserError(
            f"{folder} changed while it was read ({', '.join(changed)}): let nothing write there, "
            "and run again"
        )

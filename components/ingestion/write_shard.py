"""What a worker of ExampleGen does with a shard: read it, write its Examples, leave what it saw."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apache_beam as beam
import tensorflow as tf

from components import features
from components.errors import UserError
from components.ingestion import leaks, tally
from components.ingestion.lists import Listed, Lists
from components.ingestion.reader import (
    NOTE_SEPARATOR,
    Picture,
    Rejected,
    Shard,
    make_reader,
)
from components.ingestion.records import record_writer, to_example
from components.ingestion.subset import held_out
from components.pictures import decode

if TYPE_CHECKING:
    from components.ingestion.example_gen import ExampleGenSettings

#: The output for `leaks.find`.
SEEN = "seen"

_AT_ONCE = 2**18  # bytes of raw pixels that wait in memory


def reader_of(settings: ExampleGenSettings) -> Any:
    """The reader of a node's settings; see `Reader`, also for what it may have besides."""
    return make_reader(settings.reader, settings.picture_format.class_names, settings.options)


def write_sums(listed: Listed, settings: ExampleGenSettings, folder: Path, lists: Lists) -> None:
    """Writes the checksums of a shard's files, which are not read as pictures."""
    listed = Listed(*listed)
    names, reader = lists.read_shard(listed).items, reader_of(settings)
    lists.write_sums(listed, [(str(name), reader.checksum(folder, str(name))) for name in names])


class WriteShard(beam.DoFn):
    """Reads a shard's pictures and writes them, each to its split's file of that shard.

    Yields the shard's tally, and as `SEEN` what `leaks.find` takes.

    Attributes:
      settings: of the node.
      folder: that the reader reads from.
      lists: of the shards.
    """

    def __init__(
        self,
        settings: ExampleGenSettings,
        folder: Path,
        split_uris: dict[str, str],
        lists: Lists,
    ):
        self.settings = settings
        self.folder = folder
        self._split_uris = split_uris
        self.lists = lists

    def process(self, listed: Listed) -> Iterator[tally.Tally | beam.pvalue.TaggedOutput]:
        """See the class."""
        listed = Listed(*listed)
        shard = self.lists.read_shard(listed)
        class_names = self.settings.picture_format.class_names
        counted, seen, sums = tally.Tally(), leaks.Seen(), []
        splits = (features.TEST,) if shard.source == "test" else (features.TRAIN, features.EVAL)
        with contextlib.ExitStack() as stack:
            # A file is there when it is complete: a worker that is lost, or a second one on the
            # same shard, leaves no half-written file to be read.
            writers = {
                split: stack.enter_context(
                    record_writer(self._path(split, shard), self.lists.folder)
                )
                for split in splits
            }
            for picture, fingerprint in self._read(shard):
                if picture.sha256:
                    sums.append((picture.example_id, picture.sha256))
                if isinstance(picture, Rejected):
                    counted.note(picture.example_id, picture.reason, used=False)
                    continue
                self._check_size(picture)
                split = self._split_of(picture.example_id, shard.source)
                writers[split].write(to_example(picture, class_names))
                counted.pictures[split, picture.label] += 1
                seen.add(fingerprint, split, picture.label, picture.example_id)
                for note in filter(None, picture.note.split(NOTE_SEPARATOR)):
                    counted.note(picture.example_id, note, used=True)
        self.lists.write_sums(listed, sums)
        yield counted
        for place in self.lists.write_blocks(listed, seen.blocks()):
            yield beam.pvalue.TaggedOutput(SEEN, place)

    def _read(self, shard: Shard) -> Iterator[tuple[Picture | Rejected, bytes]]:
        """A shard's pictures, each with its fingerprint; few wait in memory."""
        pictures = iter(reader_of(self.settings).read(self.folder, shard))
        # One after the other, with nothing between, small pictures take half the time.
        at_once = max(1, _AT_ONCE // (self.settings.picture_format.stored_bytes or _AT_ONCE))
        while batch := list(itertools.islice(pictures, at_once)):
            yield from zip(batch, [self._fingerprint(each) for each in batch], strict=True)

    def _split_of(self, example_id: str, source: str) -> str:
        if source == "test":
            return features.TEST
        draw = self.settings.selection.draw_of_training
        is_held_out = held_out(example_id, self.settings.eval_fraction, draw)
        return features.EVAL if is_held_out else features.TRAIN

    def _path(self, split: str, shard: Shard) -> str:
        return f"{self._split_uris[split]}/data_tfrecord-{shard.index:05d}-of-{shard.of:05d}.gz"

    def _fingerprint(self, picture: Picture | Rejected) -> bytes:
        if isinstance(picture, Rejected):
            return b""
        if picture.fingerprint:
            return picture.fingerprint
        pixels: Any = picture.image
        if self.settings.picture_format.encoded:
            try:
                pixels = decode(tf.constant(picture.image), 3).numpy()
            except tf.errors.InvalidArgumentError as error:
                raise UserError(
                    f"picture {picture.example_id} cannot be decoded: {self.settings.reader} "
                    "must leave it out, as Rejected"
                ) from error
        return leaks.fingerprint(pixels, picture.height, picture.width)

    def _check_size(self, picture: Picture) -> None:
        expected = self.settings.picture_format.stored_bytes
        if expected and len(picture.image) != expected:
            raise UserError(
                f"picture {picture.example_id} has {len(picture.image)} bytes "
                f"({picture.height}×{picture.width}), but the data set of this experiment has "
                f"pictures of {expected} bytes: give a folder with such pictures"
            )

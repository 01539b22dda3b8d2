"""What an ingestion's workers hand over, in files: a job that carried it would grow with the data.

Before they begin, the shards of their pictures lie there; what they leave are the checksums of
the files that they read, and the blocks in which copies are looked for. All of it is in a folder
that every worker sees, and goes away at the end. A file is written aside and gets its name when it
is whole: a worker that is restarted writes it again, the same.
"""

from __future__ import annotations

import base64
import contextlib
import heapq
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from components.ingestion.leaks import Block
from components.ingestion.reader import Shard


class Listed(NamedTuple):
    """A shard in a list: its source and number."""

    source: str
    number: int


class Where(NamedTuple):
    """A block of a shard: the shard, and the byte of its file where the block begins."""

    source: str
    number: int
    offset: int


@dataclass(frozen=True)
class Lists:
    """The files.

    Attributes:
      folder: of them.
    """

    folder: Path

    def write_shards(self, shards: Iterable[Shard]) -> dict[str, int]:
        """Writes shards, one at a time.

        Returns:
          The number of shards by source.
        """
        counts: dict[str, int] = {}
        for shard in shards:
            items = shard.items
            plain = (
                {"range": [items.start, items.stop, items.step]}
                if isinstance(items, range)
                else {"items": list(items)}
            )
            with self._new("shard", Listed(shard.source, shard.index)) as file:
                json.dump({"of": shard.of, **plain}, file)
            counts[shard.source] = counts.get(shard.source, 0) + 1
        return counts

    def read_shard(self, listed: Listed) -> Shard:
        """Reads what `write_shards` wrote."""
        content = json.loads(self._file("shard", listed).read_text())
        items = range(*content["range"]) if "range" in content else tuple(content["items"])
        return Shard(listed.source, listed.number, content["of"], items)

    def write_sums(self, listed: Listed, sums: Iterable[tuple[str, str]]) -> None:
        """Writes the checksums of a shard's files: (name, SHA-256), in the order of names."""
        with self._new("sums", listed) as file:
            for each in sums:
                file.write(json.dumps(each) + "\n")

    def read_sums(self, counts: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        """All checksums in the order of names; memory holds a few of them.

        Args:
          counts: number of shards by source. Names rise from shard to shard of a source.
        """
        return heapq.merge(*(self._sums_of(source, count) for source, count in counts.items()))

    def write_blocks(
        self, listed: Listed, blocks: Iterable[tuple[int, Block]]
    ) -> list[tuple[int, Where]]:
        """Writes a shard's blocks, and says where each is: (key, place)."""
        places = []
        with self._new("blocks", listed) as file:
            for key, block in blocks:
                places.append((key, Where(*listed, file.tell())))
                digests = (base64.b64encode(each).decode() for each in block[:2])
                file.write(json.dumps([*digests, block.labels, block.names]) + "\n")
        return places

    def read_block(self, where: Where) -> Block:
        """Reads what `write_blocks` wrote."""
        with self._file("blocks", Listed(where.source, where.number)).open() as file:
            file.seek(where.offset)
            fingerprints, splits, labels, names = json.loads(file.readline())
        return Block(base64.b64decode(fingerprints), base64.b64decode(splits), labels, names)

    def _sums_of(self, source: str, count: int) -> Iterator[tuple[str, str]]:
        for index in range(count):
            with self._file("sums", Listed(source, index)).open() as file:
                for line in file:
                    name, sha256 = json.loads(line)
                    yield name, sha256

    def _file(self, kind: str, listed: Listed) -> Path:
        return self.folder / f"{kind}-{listed.source}-{listed.number}.json"

    @contextlib.contextmanager
    def _new(self, kind: str, listed: Listed) -> Iterator[IO[str]]:
        aside = self.folder / f"{uuid.uuid4().hex}.part"
        with aside.open("w") as file:
            yield file
        aside.replace(self._file(kind, listed))

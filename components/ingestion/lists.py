"""Names of pictures, in files for the workers: a job that carried them would grow with the data."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from components.ingestion.reader import Shard


class Listed(NamedTuple):
    """A shard, and the file with its items where it has none itself."""

    shard: Shard
    file: Path | None

    def all(self) -> Shard:
        """The shard with its items."""
        if not self.file:
            return self.shard
        return dataclasses.replace(self.shard, items=tuple(json.loads(self.file.read_text())))


def without_names(shards: Sequence[Shard], folder: Path) -> list[Listed]:
    """Puts the items of shards that are not just a range of numbers into files.

    Args:
      shards: with their items.
      folder: for the files; it is made where it is needed.
    """
    listed = []
    for shard in shards:
        file = None
        if not isinstance(shard.items, range):
            folder.mkdir(exist_ok=True)
            file = folder / f"{shard.source}-{shard.index}.json"
            file.write_text(json.dumps(list(shard.items)))
            shard = dataclasses.replace(shard, items=())
        listed.append(Listed(shard, file))
    return listed

"""JSON files that nodes leave in their artifacts for others to read; each says its version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from components.errors import UserError
from components.json_text import parse_json

_VERSION_KEY = "schema_version"


@dataclass(frozen=True)
class ResultFile:
    """A kind of file.

    Attributes:
      name: of the file.
      version: changes when a key is renamed, added, removed or means something else.
    """

    name: str
    version: int

    def write(self, folder: Path | str, content: Mapping[str, Any]) -> None:
        """Writes the file into an artifact's folder.

        Raises:
          ValueError: a figure is not a finite number.
        """
        with tf.io.gfile.GFile(f"{folder}/{self.name}", "w") as file:
            # What is not a number has no JSON: readers would take it for text, or not at all.
            versioned = {_VERSION_KEY: self.version, **content}
            file.write(json.dumps(versioned, indent=1, allow_nan=False))

    def read(self, folder: Path | str) -> dict[str, Any]:
        """Reads what `write` wrote.

        Raises:
          UserError: another version of this project wrote it, or it is damaged.
        """
        path = f"{folder}/{self.name}"
        try:
            with tf.io.gfile.GFile(path) as file:
                content = parse_json(file.read())
        except ValueError as error:  # no JSON, or no text
            raise UserError(f"{path} is damaged: run the experiment again") from error
        if not isinstance(content, dict) or content.pop(_VERSION_KEY, None) != self.version:
            raise UserError(
                f"{path} was written by another version of this project: run the experiment again"
            )
        return content

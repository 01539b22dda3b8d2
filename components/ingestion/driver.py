"""ExampleGen's driver: lists a data set's files, so that changed data are ingested anew.

TFX's own takes the folder's path as a pattern, in which `[1]`, `*` and `{SPAN}` mean other folders.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from tfx.components.example_gen import driver, input_processor, utils

from components import nodes
from components.errors import UserError
from components.ingestion.folder import files_like, fingerprint_of_files


def seen(folder: Path, patterns: Iterable[str]) -> dict[str, int | str]:
    """What the driver notes of a data set's files on its Examples: a span, and a fingerprint.

    Args:
      folder: of the data set.
      patterns: of its reader.

    Raises:
      UserError: there are no such files, or they cannot be read.
    """
    files = files_like(folder, patterns)
    first = next(files, None)
    if first is None:
        raise UserError(f"{folder} holds no files of the data set's format")
    return {
        utils.SPAN_PROPERTY_NAME: 0,
        utils.FINGERPRINT_PROPERTY_NAME: fingerprint_of_files(folder, chain([first], files)),
    }


class Driver(driver.FileBasedDriver):
    """Of `components.ingestion.example_gen.PictureExampleGen`."""

    _known = False  # whether the settings say what the files hold

    def resolve_exec_properties(
        self, exec_properties: dict[str, Any], pipeline_info: Any, component_info: Any
    ) -> dict[str, Any]:
        """Fills in the fingerprint, on which the cache goes.

        Where the settings say what the files hold, they alone decide: a folder that was copied,
        unpacked or mounted again holds the same data, whatever its files' times.
        """
        self._known = bool(json.loads(exec_properties[nodes.SETTINGS]).get("sha256"))
        resolved: dict[str, Any] = super().resolve_exec_properties(
            exec_properties, pipeline_info, component_info
        )
        return resolved

    def get_input_processor(
        self, splits: Iterable[Any], range_config: Any = None, input_base_uri: str | None = None
    ) -> input_processor.InputProcessor:
        """What TFX asks about the files."""
        del range_config
        return _Files(Path(input_base_uri or ""), splits, self._known)


class _Files(input_processor.InputProcessor):
    """The files that a reader names by its patterns; there are no spans of time."""

    def __init__(self, folder: Path, splits: Iterable[Any], known: bool):
        super().__init__(splits=splits)
        self._folder = folder
        self._known = known

    def get_pattern_for_span_version(self, pattern: str, span: int, version: int | None) -> str:
        del span, version
        return pattern

    def get_latest_span(self) -> int:
        return 0

    def get_input_fingerprint(self, span: int, version: int | None) -> str:
        del span, version
        if self._known:
            return "by content"
        patterns = [split.pattern for split in self._splits]
        return str(seen(self._folder, patterns)[utils.FINGERPRINT_PROPERTY_NAME])

"""JSON files that a run leaves for later: typed, and each says what made it.

Every file begins with `schema_version`, which changes when a key is renamed, added, removed or
means something else, and `made_by`, this project's version.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pydantic

from components.errors import UserError
from components.json_text import parse_json
from components.manifest import write_whole
from pipeline import __version__

#: Of all files of a run.
SCHEMA_VERSION = 4

_SCHEMA, _MADE_BY = "schema_version", "made_by"

T = TypeVar("T")


@dataclass(frozen=True)
class StoredFile(Generic[T]):
    """A kind of file, whose content is a dataclass.

    Attributes:
      name: of the file.
      from_plain: makes the content of what JSON gives; raises UserError where it cannot.
    """

    name: str
    from_plain: Callable[[Mapping[str, Any]], T]

    def write(self, folder: Path, content: T) -> None:
        """Writes the file; it is whole or not there.

        Raises:
          ValueError: a figure is not a finite number, which JSON does not have.
        """
        plain = dataclasses.asdict(content)  # type: ignore[call-overload]
        versions = {_SCHEMA: SCHEMA_VERSION, _MADE_BY: __version__}
        text = json.dumps({**versions, **plain}, indent=1, default=str, allow_nan=False)
        write_whole(folder / self.name, text + "\n")

    def read(self, folder: Path) -> T:
        """Reads what `write` wrote.

        Raises:
          FileNotFoundError: there is none.
          UserError: the file is damaged, or was made by a version that this one cannot read.
        """
        plain = self._plain(folder)
        schema, made_by = plain.pop(_SCHEMA, None), plain.pop(_MADE_BY, None)
        if schema != SCHEMA_VERSION:
            raise _unreadable(folder, made_by, "")
        try:
            return self.from_plain(plain)
        except UserError as error:
            raise _unreadable(folder, made_by, f" ({self.name}: {error})") from error

    def _plain(self, folder: Path) -> dict[str, Any]:
        try:
            plain = parse_json((folder / self.name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise UserError(f"{folder / self.name} cannot be read: {error.strerror}") from error
        except ValueError as error:  # no JSON, or no text
            raise UserError(f"run {folder.name}: {self.name} is damaged; run it again") from error
        if not isinstance(plain, dict):
            raise UserError(f"run {folder.name}: {self.name} is damaged; run it again")
        return plain


def checked(kind: type[T]) -> Callable[[Mapping[str, Any]], T]:
    """What makes a dataclass of JSON's types; no key may be missing, and none be unknown.

    It raises UserError, one line that names the first wrong key.
    """

    def from_plain(plain: Mapping[str, Any]) -> T:
        # A dataclass can be handed no configuration of its own; inside of a tuple it takes it over.
        config = pydantic.ConfigDict(extra="forbid")
        adapter: pydantic.TypeAdapter[tuple[T]] = pydantic.TypeAdapter(tuple[kind], config=config)  # type: ignore[valid-type]
        try:
            return adapter.validate_python((plain,))[0]
        except pydantic.ValidationError as error:
            raise UserError(_first(error)) from error

    return from_plain


def _first(error: pydantic.ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"][1:])
    if first["type"] == "missing":
        return f"{name} is missing"
    if first["type"] == "unexpected_keyword_argument":
        return f"{name} is unknown"
    return f"{name}: {first['msg'][0].lower()}{first['msg'][1:]}"


def _unreadable(folder: Path, made_by: Any, why: str) -> UserError:
    maker = f"version {made_by}" if isinstance(made_by, str) else "an earlier version"
    return UserError(
        f"run {folder.name} was made by {maker}, which this version ({__version__}) cannot "
        f"read{why}; run it again"
    )

"""Where the files of a data set, or of a backbone's weights, come from."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Annotated

import pydantic

from components.settings import settings

_CHECKSUM = re.compile(r"[0-9a-f]{64}|md5:[0-9a-f]{32}")


def _checked_files(files: dict[str, str]) -> dict[str, str]:
    for name, checksum in files.items():
        if PurePath(name).name != name:
            raise ValueError(f"{name!r} must be a plain name of a file, without a folder")
        if not _CHECKSUM.fullmatch(checksum):
            raise ValueError(f"{name} must have a SHA-256 of 64 digits, or md5: and an MD5 of 32")
    if not files:
        raise ValueError("must name at least one file")
    return files


def _checked_address(address: str) -> str:
    if address and "{file}" not in address:
        raise ValueError("must hold {file} in the place of a file's name")
    return address


@settings
class Source:
    """Where files come from, and how they are recognized.

    Attributes:
      name: of the description, and of the folder in the cache.
      title: for people.
      licence: for people.
      homepage: for people.
      files: plain file name (without .gz) → SHA-256 of the uncompressed content, so that a file
        compressed anew by a mirror still counts as the same; or an archive's name → its own
        SHA-256. "md5:…" where the publisher of weights gives no other.
      address: URL of each file, with `{file}` for its plain name; "" where there is none.
      system_folders: where distributions install the files.
      debian_package: name of a Debian package that holds them, or "".
      sample: import path of a function that writes a generated stand-in into a folder, or "".
    """

    name: str
    title: str
    licence: str = ""
    homepage: str = ""
    files: Annotated[dict[str, str], pydantic.AfterValidator(_checked_files)]
    address: Annotated[str, pydantic.AfterValidator(_checked_address)] = ""
    system_folders: tuple[str, ...] = ()
    debian_package: str = ""
    sample: str = ""

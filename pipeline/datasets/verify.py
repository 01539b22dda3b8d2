"""Compares files with the checksums of their source."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from components.errors import UserError
from components.ingestion.reader import Contents, Reader
from pipeline.datasets import archive
from pipeline.datasets.source import Source

_UNPACKED = ".unpacked.json"  # in an unpacked folder: the archive's name and SHA-256
_BLOCK = 1 << 18


def content_sha256(file: Path, *, unzip: bool = False) -> str:
    """SHA-256 of a file, or with `unzip` of what a gzip file holds; "damaged" if it is."""
    digest = hashlib.sha256()
    try:
        with gzip.open(file) if unzip else open(file, "rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except (OSError, EOFError):
        return "damaged"
    return digest.hexdigest()


def checksum(file: Path, like: str) -> str:
    """A file's checksum of the kind that `like` is: "md5:…" or a SHA-256."""
    if not like.startswith("md5:"):
        return content_sha256(file)
    return "md5:" + hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def unpack(file: Path, folder: Path, sha256: str) -> None:
    """Unpacks an archive, and keeps its SHA-256 in the folder for `inspect`.

    Raises:
      UserError: see `archive.unpack`.
    """
    archive.unpack(file, folder)
    (folder / _UNPACKED).write_text(json.dumps({file.name: sha256}))


def inspect(reader: Reader, folder: Path) -> Contents:
    """What a folder holds; the checksum of the archive it came from is among the others.

    Raises:
      UserError: something is missing or broken.
    """
    contents = reader.inspect(folder)
    stamp = folder / _UNPACKED
    if not stamp.exists():
        return contents
    return replace(contents, sha256={**json.loads(stamp.read_text()), **contents.sha256})


def differing(source: Source, contents: Contents) -> list[str]:
    """The files of a source that a folder does not hold as they should be."""
    return [name for name, sha256 in source.files.items() if contents.sha256.get(name) != sha256]


def verified(source: Source, reader: Reader, folder: Path) -> Contents:
    """What a folder holds, if it is the source's data set.

    Raises:
      UserError: it is not.
    """
    contents = inspect(reader, folder)
    others = differing(source, contents)
    if others:
        raise UserError(
            f"{folder} does not hold {source.title}: the check sum of {others[0]} differs. "
            "Delete that folder, or name it with --data to use it as your own data"
        )
    return contents

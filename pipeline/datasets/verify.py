"""Compares files with the checksums of their source."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import replace
from pathlib import Path

from components import limits
from components.errors import UserError
from components.files import open_file
from components.ingestion.reader import Contents, Reader
from pipeline.datasets.entries import SUFFIXES
from pipeline.datasets.source import Source
from pipeline.datasets.unpacked import archives_of


def content_sha256(file: Path, *, unzip: bool = False) -> str:
    """SHA-256 of a file, or with `unzip` of what a gzip file holds; "damaged" if it is.

    Raises:
      UserError: it cannot be read, or would unpack to too much.
    """
    return _digest(file, "sha256", unzip)


def checksum(file: Path, like: str) -> str:
    """A file's checksum of the kind that `like` is: "md5:…" or a SHA-256.

    Raises:
      UserError: it cannot be read.
    """
    return f"md5:{_digest(file, 'md5')}" if like.startswith("md5:") else content_sha256(file)


def _digest(file: Path, kind: str, unzip: bool = False) -> str:
    digest, done = hashlib.new(kind, usedforsecurity=False), 0
    try:
        with open_file(file) as packed, gzip.open(packed) if unzip else packed as stream:
            while block := stream.read(limits.BLOCK):
                digest.update(block)
                done += len(block)
                if unzip:
                    limits.check_unpacked(file, file.stat().st_size, done)
    except (OSError, EOFError, zlib.error):
        return "damaged"
    return digest.hexdigest()


def inspect(reader: Reader, folder: Path, cache: Path) -> Contents:
    """What a folder holds; the checksum of the archive whose content it is is among the others.

    Args:
      reader: of its format.
      folder: to look into.
      cache: where it is written down what archives were unpacked to.

    Raises:
      UserError: something is missing or broken.
    """
    contents = reader.inspect(folder)
    return replace(contents, sha256={**archives_of(folder, cache), **contents.sha256})


def differing(source: Source, contents: Contents) -> list[str]:
    """The files of a source that a folder does not hold as they should be."""
    return [name for name, sha256 in source.files.items() if contents.sha256.get(name) != sha256]


def verified(source: Source, reader: Reader, folder: Path, cache: Path) -> Contents:
    """What a folder holds, if it is the source's data set; arguments as of `inspect`.

    Raises:
      UserError: it is not.
    """
    contents = inspect(reader, folder, cache)
    others = differing(source, contents)
    if others:
        why = f"the check sum of {others[0]} differs"
        if others[0].lower().endswith(SUFFIXES):
            why = f"it is not what {others[0]} was unpacked to here"
        raise UserError(
            f"{folder} does not hold {source.title}: {why}. "
            "Delete that folder, or name it with --data to use it as your own data"
        )
    return contents

"""Reads the YAML files that describe data sets and weights, one file each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from components.errors import UserError
from components.files import at_home
from components.hints import did_you_mean
from components.yaml_file import read_yaml

_SUFFIXES = (".yaml", ".yml")


def names_in(folder: Path) -> list[str]:
    """The names of what a folder describes, sorted."""
    return sorted(file.stem for file in folder.glob("*.yaml"))


def find_description(folder: Path, name_or_file: str) -> Path:
    """The file that describes a data set: a user's file as it is, a name in `folder`.

    Raises:
      UserError: there is none; the text names what there is.
    """
    if name_or_file.endswith(_SUFFIXES):
        return at_home(name_or_file)
    names = names_in(folder)
    if name_or_file not in names:
        raise UserError(
            f"no data set {name_or_file!r}: {did_you_mean(name_or_file, names)}; "
            "or name a file of your own that ends in .yaml"
        )
    return folder / f"{name_or_file}.yaml"


def read_description(
    file: Path, *, known: Collection[str], required: Collection[str]
) -> dict[str, Any]:
    """What a description says, by its keys.

    Args:
      file: in YAML.
      known: the keys it may have.
      required: those it must have.

    Raises:
      UserError: it cannot be read, or has other keys.
    """
    content = read_yaml(file)
    if not isinstance(content, dict):
        raise UserError(f"{file} does not describe a data set: data/README.md shows what it says")
    check_keys(content, known=known, required=required, file=file)
    return content


def check_keys(
    content: Mapping[Any, Any],
    *,
    known: Collection[str],
    required: Collection[str],
    file: Path,
    inside: str = "",
) -> None:
    """Refuses keys that mean nothing, and a description without those it needs.

    Args:
      content: a description or a part of it.
      known: the keys it may have.
      required: those it must have.
      file: which it is from, for the text.
      inside: the key that holds this part, and a dot.

    Raises:
      UserError: the first such key.
    """
    for key in content:
        if key not in known:
            raise UserError(f"{file}: no key {inside}{key}: {did_you_mean(str(key), known)}")
    for key in required:
        if key not in content:
            raise UserError(f"{file}: {inside}{key} is missing")

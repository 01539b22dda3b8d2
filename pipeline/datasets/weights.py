"""Backbones' weights, as `data/weights/*.yaml` describe them."""

from __future__ import annotations

import dataclasses

from components.errors import UserError
from components.settings import from_plain
from pipeline.datasets.description import find_description, names_in, read_description
from pipeline.datasets.source import Source
from pipeline.home import DESCRIPTIONS

#: What asks for random weights.
NO_WEIGHTS = "none"
_FOLDER = DESCRIPTIONS / "weights"
_SHORT_NAMES = {"imagenet": "resnet50-imagenet"}
_KEYS = [setting.name for setting in dataclasses.fields(Source) if setting.name != "name"]


def weights_source(request: str) -> Source | None:
    """Where weights come from; None for the name of a file.

    Args:
      request: name of a description in `data/weights`, "imagenet" for ResNet-50's, or a file.

    Raises:
      UserError: the description has a mistake.
    """
    name = _SHORT_NAMES.get(request, request)
    if name not in names_in(_FOLDER):
        return None
    file = find_description(_FOLDER, name)
    content = read_description(file, known=_KEYS, required=("title", "files", "address"))
    try:
        return from_plain(Source, {"name": name, **content})
    except UserError as error:
        raise UserError(f"{file}: {error}") from error

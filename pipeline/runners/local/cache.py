"""What TFX's cache may reuse: artifacts that are as their node left them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from tfx.types import artifact_utils
from tfx.types.artifact import Artifact

from components import progress
from components.manifest import damage

#: Of a Pusher's artifact: where the same files are, to be served.
_DESTINATION = "pushed_destination"


@contextlib.contextmanager
def only_intact() -> Iterator[None]:
    """While the body runs, a node whose artifacts are damaged is not taken from the cache.

    Before TFX reuses what an execution left, it asks `verify_artifacts` whether it is still there,
    and goes on to an older execution, or runs the node, where that raises RuntimeError. Here the
    question is also whether it is still the same.
    """
    exists = artifact_utils.verify_artifacts
    told: set[Path] = set()  # several runs may have taken the same from the cache

    def verify(artifacts: Any) -> None:
        _refuse_damage(artifacts, told)
        exists(artifacts)

    with mock.patch.object(artifact_utils, "verify_artifacts", verify):
        yield


def _refuse_damage(artifacts: dict[str, list[Artifact]], told: set[Path]) -> None:
    for artifact in (artifact for of_key in artifacts.values() for artifact in of_key):
        folder = Path(artifact.uri)
        copies = [folder]
        if artifact.has_custom_property(_DESTINATION):
            copies.append(Path(artifact.get_string_custom_property(_DESTINATION)))
        for copy in copies:
            if wrong := damage(copy, like=folder):
                text = f"what it left in {_shown(copy)} is damaged ({wrong}): running it again"
                if copy not in told:
                    progress.emit("notice", node=folder.parts[-3], text=text)
                told.add(copy)
                raise RuntimeError(text)


def _shown(folder: Path) -> str:
    return "/".join(folder.parts[-2:])

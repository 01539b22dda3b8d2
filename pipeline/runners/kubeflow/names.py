"""The nodes' names, as Kubernetes and Argo take them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any

_REFERENCES = ("name", "producerTask", "executorLabel")


def kubernetes_name(node: str) -> str:
    """A node's name there, e.g. "Trainer.baseline" → "trainer-baseline"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", node).replace(".", "-").lower()


def rename_nodes(document: Any, nodes: Iterable[str]) -> Any:
    """A copy with nodes renamed wherever they are named: as keys, references, executor labels.

    Args:
      document: a PipelineSpec or PlatformSpec, or several, as plain data.
      nodes: the names that TFX gave them.
    """
    names = {node: kubernetes_name(node) for node in nodes}
    labels = {f"{old}_executor": f"{new}-executor" for old, new in names.items()}
    return _walk(document, {**names, **labels})


def _walk(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_walk(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    renamed: dict[str, Any] = {}
    for key, item in value.items():
        if key in _REFERENCES and isinstance(item, str):
            renamed[key] = names.get(item, item)
        elif key == "dependentTasks":
            renamed[key] = [names[task] for task in item]
        elif key == "env":
            renamed[key] = copy.deepcopy(item)
        else:
            renamed[str(names.get(key, key))] = _walk(item, names)
    return renamed

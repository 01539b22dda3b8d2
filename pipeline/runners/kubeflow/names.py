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

    Components get the prefix "comp-", executors "exec-", as Kubeflow's own compiler names them:
    its local runner cuts the first of them off.

    Args:
      document: a PipelineSpec or PlatformSpec, or several, as plain data.
      nodes: the names that TFX gave them.
    """
    tasks = {node: kubernetes_name(node) for node in nodes}
    executors = {f"{old}_executor": f"exec-{new}" for old, new in tasks.items()}
    components = {old: f"comp-{new}" for old, new in tasks.items()}
    return _walk(document, {**tasks, **executors}, components)


def _walk(value: Any, names: Mapping[str, str], components: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_walk(item, names, components) for item in value]
    if not isinstance(value, dict):
        return value
    renamed: dict[str, Any] = {}
    for key, item in value.items():
        if key == "env":
            renamed[key] = copy.deepcopy(item)
        elif key in ("components", "componentRef"):
            renamed[key] = _walk(item, {**names, **components}, components)
        elif key in _REFERENCES and isinstance(item, str):
            renamed[key] = names.get(item, item)
        elif key == "dependentTasks":
            renamed[key] = [names[task] for task in item]
        else:
            renamed[str(names.get(key, key))] = _walk(item, names, components)
    return renamed

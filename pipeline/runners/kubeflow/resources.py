"""Reads `kubeflow/resources.yaml`: what each node gets on a cluster.

Pure: from text to plain data, with one clear line for each mistake. How that becomes a
pipeline's specification is `pipeline.runners.kubeflow.compiler`'s matter.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components import names
from components.errors import UserError

DEFAULT = "default"

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_UNITS = {
    "": 1.0,
    **{unit: 1000.0 ** (power + 1) for power, unit in enumerate(("k", "M", "G", "T"))},
    **{unit: 1024.0 ** (power + 1) for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti"))},
}
_MEBIBYTE = 2**20
_DURATION = re.compile(r"(\d+)(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Volume:
    """A volume claim, and where it is mounted."""

    claim: str
    path: str


@dataclass(frozen=True)
class Retries:
    """How often a node that failed is tried again.

    Attributes:
      count: at most so many times.
      backoff: seconds before the first time.
      factor: each further wait is longer by this factor.
      longest: seconds that no wait exceeds.
    """

    count: int = 0
    backoff: int = 30
    factor: float = 2.0
    longest: int = 3600


@dataclass(frozen=True)
class Resources:
    """What a node gets.

    Attributes:
      cpu: processors, request and limit.
      memory: bytes, request and limit.
      gpu_type: the cluster's name for it, e.g. "nvidia.com/gpu".
      gpu_count: how many of them.
      node_selector: labels that the machine must have.
      tolerations: Kubernetes tolerations: key, operator, value, effect.
      shared_memory: size of /dev/shm in bytes; 0 leaves it at the cluster's default.
      volumes: see `Volume`.
      retries: see `Retries`.
    """

    cpu: float
    memory: float
    gpu_type: str = ""
    gpu_count: int = 0
    node_selector: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tolerations: tuple[Mapping[str, str], ...] = ()
    shared_memory: float = 0
    volumes: tuple[Volume, ...] = ()
    retries: Retries = dataclasses.field(default_factory=Retries)


def quantity(text: object) -> float:
    """A Kubernetes quantity as a number, e.g. "16Gi" → 17179869184.0, "500m" → 0.5.

    Raises:
      ValueError: it is none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]*)", str(text))
    if found and found[2] == "m":
        return float(found[1]) / 1000
    if not found or found[2] not in _UNITS:
        raise ValueError(text)
    return float(found[1]) * _UNITS[found[2]]


def _processors(text: object) -> float:
    """Like `quantity`, without the units of sizes."""
    if not re.fullmatch(r"[\d.]+m?", str(text)):
        raise ValueError(text)
    return quantity(text)


def _shared_memory(text: object) -> float:
    found = quantity(text)
    if 0 < found < _MEBIBYTE:
        raise ValueError(text)
    return found


def read_resources(file: Path, nodes: Iterable[str]) -> dict[str, Resources]:
    """What each node gets.

    An entry is for one node ("Trainer.candidate") or for a kind of node ("Trainer"); what it
    says goes before what `default` says, the node's own entry before its kind's.

    Args:
      file: e.g. `kubeflow/resources.yaml`, which explains its format.
      nodes: the pipeline's nodes. Entries for other built-in kinds of node are left alone.

    Raises:
      UserError: the file is missing, or something in it is wrong.
    """
    try:
        entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"no file {file}: name one with --resources") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read as a text file") from error
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{file} is not YAML: {reason}") from error
    if not isinstance(entries, dict) or not all(isinstance(e, dict) for e in entries.values()):
        raise UserError(f"{file} must hold the name of a node, and what it gets, per entry")
    nodes = list(nodes)
    known = {*nodes, *(node.partition(".")[0] for node in nodes), *OPTIONAL_KINDS, DEFAULT}
    for name in entries:
        if name not in known and name.partition(".")[0] not in OPTIONAL_KINDS:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(sorted(known))}"
            raise UserError(f"{file}: no node {name!r}; {hint}")
    for name, entry in entries.items():
        _parse(file, name, {"cpu": 1, "memory": "1Gi", **entry})
    found = {}
    for node in nodes:
        merged: dict[str, Any] = {}
        for name in (DEFAULT, node.partition(".")[0], node):
            merged.update(entries.get(name, {}))
        for name in ("cpu", "memory"):
            if name not in merged:
                raise UserError(f"{file}: {node} has no {name}: give it, or a default")
        found[node] = _parse(file, node, merged)
    return found


#: Kinds of node that only some experiments have.
OPTIONAL_KINDS = (names.BACKBONE_FEATURES, names.ROBUSTNESS)


def _parse(file: Path, node: str, entry: Mapping[str, Any]) -> Resources:
    def wrong(name: str, what: str) -> UserError:
        return UserError(f"{file}: {node}: {name}: {entry.get(name)!r} is not {what}")

    readers: dict[str, tuple[Callable[[Any], Any], str]] = {
        "cpu": (_processors, "a number of processors like 2 or 500m"),
        "memory": (quantity, "a size like 4Gi or 500Mi"),
        "shared_memory": (_shared_memory, "a size like 2Gi"),
        "gpu": (_gpu, "like {type: nvidia.com/gpu, count: 1}"),
        "node_selector": (_labels, "a list of labels like {disktype: ssd}"),
        "tolerations": (
            _tolerations,
            "a list of {key, operator, value, effect} (operator Equal or Exists)",
        ),
        "volumes": (_volumes, "a list of {claim, path}, the path starting with /"),
        "retries": (_retries, "like {count: 2, backoff: 60s, factor: 2, longest: 1h}"),
    }
    values: dict[str, Any] = {}
    for name, value in entry.items():
        if name not in readers:
            near = difflib.get_close_matches(str(name), readers, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(readers)}"
            raise UserError(f"{file}: {node}: no setting {name!r}; {hint}")
        read, what = readers[name]
        try:
            read_value = read(value)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise wrong(name, what) from error
        if name == "gpu":
            values["gpu_type"], values["gpu_count"] = read_value
        else:
            values[name] = read_value
    for name, smallest in (("cpu", 0.01), ("memory", _MEBIBYTE)):
        if values[name] < smallest:
            raise wrong(name, readers[name][1])
    return Resources(**values)


def _gpu(value: Any) -> tuple[str, int]:
    if set(value) != {"type", "count"} or type(value["count"]) is not int or value["count"] < 0:
        raise ValueError(value)
    return str(value["type"]), value["count"]


def _labels(value: Any) -> dict[str, str]:
    # YAML reads an unquoted true as no text; Kubernetes' labels are "true".
    words = {True: "true", False: "false"}
    return {
        str(key): words[label] if isinstance(label, bool) else str(label)
        for key, label in value.items()
    }


def _tolerations(value: Any) -> tuple[dict[str, str], ...]:
    for one in value:
        if not set(one) <= {"key", "operator", "value", "effect"}:
            raise ValueError(one)
        if one.get("operator", "Equal") not in ("Equal", "Exists"):
            raise ValueError(one)
        if one.get("effect", "") not in ("", "NoSchedule", "PreferNoSchedule", "NoExecute"):
            raise ValueError(one)
    return tuple(_labels(one) for one in value)


def _volumes(value: Any) -> tuple[Volume, ...]:
    found = tuple(Volume(**_labels(one)) for one in value)
    if not all(volume.path.startswith("/") for volume in found):
        raise ValueError(value)
    return found


def _retries(value: Any) -> Retries:
    known = {field.name: field.default for field in dataclasses.fields(Retries)}
    if not set(value) <= set(known):
        raise ValueError(value)
    given = dict(value)
    for name in ("backoff", "longest"):
        if name in given:
            found = _DURATION.fullmatch(str(given[name]))
            if not found:
                raise ValueError(given[name])
            given[name] = int(found[1]) * _SECONDS[found[2]]
    if not isinstance(given.get("count", 0), int) or given.get("count", 0) < 0:
        raise ValueError(value)
    return Retries(**{**given, "factor": float(given.get("factor", 2))})

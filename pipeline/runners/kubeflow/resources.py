"""Reads `kubeflow/resources.yaml`: what each node gets on a cluster.

Pure: from text to settings, with one clear line for each mistake. How that becomes a
pipeline's specification is `pipeline.runners.kubeflow.pods`' matter.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationError, WrapValidator

from components import names
from components.errors import UserError
from components.settings import NonNegative, Positive, from_plain, settings
from components.yaml_file import read_yaml

DEFAULT = "default"
#: Kinds of node that only some experiments have.
OPTIONAL_KINDS = (names.BACKBONE_FEATURES, names.ROBUSTNESS)

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_UNITS = {
    "": 1.0,
    **{unit: 1000.0 ** (power + 1) for power, unit in enumerate(("k", "M", "G", "T"))},
    **{unit: 1024.0 ** (power + 1) for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti"))},
}
_MEBIBYTE = 2**20
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def quantity(text: object) -> float:
    """A Kubernetes quantity as a number, e.g. "16Gi" → 17179869184.0, "500m" → 0.5.

    Raises:
      ValueError: it is none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]*)", str(text))
    if match and match[2] == "m":
        return float(match[1]) / 1000
    if not match or match[2] not in _UNITS:
        raise ValueError(text)
    return float(match[1]) * _UNITS[match[2]]


def _processors(text: object) -> float:
    """Like `quantity`, without the units of sizes."""
    if not re.fullmatch(r"[\d.]+m?", str(text)):
        raise ValueError(text)
    return quantity(text)


def _seconds(duration: object) -> object:
    """A duration in seconds, e.g. "30m" → 1800; a number is one already."""
    if isinstance(duration, int):
        return duration
    match = re.fullmatch(r"(\d+)([smh])", str(duration))
    if not match:
        raise ValueError(duration)
    return int(match[1]) * _SECONDS[match[2]]


def _none_or_a_mebibyte(size: float) -> float:
    if 0 < size < _MEBIBYTE:
        raise ValueError(size)
    return size


def _label(value: object) -> str:
    # YAML reads an unquoted true as no text; Kubernetes' labels are "true".
    return str(value).lower() if isinstance(value, bool) else str(value)


def _must_be(words: str) -> WrapValidator:
    """Says of a whole field what it must be, whatever in it is wrong."""

    def check(value: Any, validate: Any) -> Any:
        try:
            return validate(value)
        except (ValidationError, UserError) as error:
            raise ValueError(f"must be {words}") from error

    return WrapValidator(check)


_Text = Annotated[str, BeforeValidator(_label)]
_Duration = Annotated[NonNegative, BeforeValidator(_seconds)]
_Size = Annotated[float, BeforeValidator(quantity)]


@settings
class Volume:
    """A volume claim, and where it is mounted.

    Attributes:
      claim: its name.
      path: of the mount, from the container's root.
    """

    claim: _Text
    path: Annotated[str, Field(pattern="^/")]


@settings
class Gpu:
    """GPUs.

    Attributes:
      type: the cluster's name for them, e.g. "nvidia.com/gpu".
      count: how many.
    """

    type: _Text
    count: Annotated[NonNegative, Strict()]


@settings
class Toleration:
    """A taint that a node may run in spite of.

    Attributes:
      key: the taint's; "" for all.
      operator: "Equal", or "Exists" for any value; "" means "Equal".
      value: the taint's.
      effect: the taint's; "" for all.
    """

    key: _Text = ""
    operator: Literal["", "Equal", "Exists"] = ""
    value: _Text = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""


@settings
class Retries:
    """How often a node that failed is tried again.

    Attributes:
      count: at most so many times.
      backoff: seconds before the first time.
      factor: each further wait is longer by this factor.
      longest: seconds that no wait exceeds.
    """

    count: Annotated[NonNegative, Strict()] = 0
    backoff: _Duration = 30
    factor: Positive = 2.0
    longest: _Duration = 3600


@settings
class Resources:
    """What a node gets.

    Attributes:
      cpu: processors, request and limit.
      memory: bytes, request and limit.
      gpu: see `Gpu`.
      node_selector: labels that the machine must have.
      tolerations: see `Toleration`.
      shared_memory: size of /dev/shm in bytes; 0 leaves it at the cluster's default.
      volumes: see `Volume`.
      retries: see `Retries`.
    """

    cpu: Annotated[
        float,
        BeforeValidator(_processors),
        Field(ge=0.01),
        _must_be("a number of processors like 2 or 500m"),
    ]
    memory: Annotated[_Size, Field(ge=_MEBIBYTE), _must_be("a size like 4Gi or 500Mi")]
    gpu: Annotated[Gpu, _must_be("like {type: nvidia.com/gpu, count: 1}")] = Gpu(type="", count=0)
    node_selector: Annotated[
        Mapping[_Text, _Text], _must_be("a list of labels like {disktype: ssd}")
    ] = dataclasses.field(default_factory=dict)
    tolerations: Annotated[
        tuple[Toleration, ...],
        _must_be("a list of {key, operator, value, effect} (operator Equal or Exists)"),
    ] = ()
    shared_memory: Annotated[
        _Size, AfterValidator(_none_or_a_mebibyte), _must_be("a size like 2Gi")
    ] = 0
    volumes: Annotated[
        tuple[Volume, ...], _must_be("a list of {claim, path}, the path starting with /")
    ] = ()
    retries: Annotated[
        Retries, _must_be("like {count: 2, backoff: 60s, factor: 2, longest: 1h}")
    ] = Retries()


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
    nodes = list(nodes)
    entries = _read_entries(file)
    _check_names(file, entries, nodes)
    for name, entry in entries.items():
        _resources(file, name, {"cpu": 1, "memory": "1Gi", **entry})
    resources = {}
    for node in nodes:
        merged: dict[str, Any] = {}
        for name in (DEFAULT, node.partition(".")[0], node):
            merged.update(entries.get(name, {}))
        for name in ("cpu", "memory"):
            if name not in merged:
                raise UserError(f"{file}: {node} has no {name}: give it, or a default")
        resources[node] = _resources(file, node, merged)
    return resources


def _read_entries(file: Path) -> dict[str, dict[str, Any]]:
    if not file.exists():
        raise UserError(f"no file {file}: name one with --resources")
    entries = read_yaml(file)
    if not isinstance(entries, dict) or not all(
        isinstance(name, str) and isinstance(entry, dict) for name, entry in entries.items()
    ):
        raise UserError(f"{file} must hold the name of a node, and what it gets, per entry")
    return entries


def _check_names(file: Path, entries: Iterable[str], nodes: list[str]) -> None:
    """Refuses entries of nodes that there are not."""
    known = {*nodes, *(node.partition(".")[0] for node in nodes), *OPTIONAL_KINDS, DEFAULT}
    for name in entries:
        if name not in known and name.partition(".")[0] not in OPTIONAL_KINDS:
            raise UserError(f"{file}: no node {name!r}; {_hint(name, sorted(known))}")


def _resources(file: Path, node: str, entry: Mapping[str, Any]) -> Resources:
    known = [field.name for field in dataclasses.fields(Resources)]  # type: ignore[arg-type]
    for name in entry:
        if name not in known:
            raise UserError(f"{file}: {node}: no setting {name!r}; {_hint(name, known)}")
    try:
        return from_plain(Resources, entry)
    except UserError as error:
        raise UserError(f"{file}: {node}: {error}") from error


def _hint(name: object, known: list[str]) -> str:
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"

"""Reads `kubeflow/resources.yaml`: what each node gets on a cluster.

Pure: from text to settings, with one clear line for each mistake. How that becomes a
pipeline's specification is `pipeline.runners.kubeflow.pods`' matter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationError, WrapValidator

from components import names
from components.errors import UserError
from components.hints import did_you_mean
from components.settings import NonNegative, from_plain, settings
from components.yaml_file import read_yaml
from pipeline.runners.kubeflow.quantities import processors, quantity, seconds

DEFAULT = "default"
#: Kinds of node that only some experiments have.
OPTIONAL_KINDS = (names.BACKBONE_FEATURES, names.TUNER, names.ROBUSTNESS)

_MEBIBYTE = 2**20


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
_Duration = Annotated[NonNegative, BeforeValidator(seconds)]
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
      deadline: seconds from the first attempt's start, waiting for a machine and all attempts
        included, after which what still runs is ended and nothing is tried again; 0 for none.
    """

    count: Annotated[NonNegative, Strict()] = 0
    backoff: _Duration = 30
    factor: Annotated[NonNegative, Strict(), Field(ge=1)] = 2  # Argo takes whole ones only
    deadline: _Duration = 0


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
      image_pull_policy: when the cluster fetches the image anew.
      image_pull_secrets: names of the secrets that it needs for that.
    """

    cpu: Annotated[
        float,
        BeforeValidator(processors),
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
        Retries, _must_be("like {count: 2, backoff: 60s, factor: 2}, all of them whole numbers")
    ] = Retries()
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: Annotated[tuple[_Text, ...], _must_be("a list of names")] = ()


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
            raise UserError(f"{file}: no node {name!r}; {did_you_mean(str(name), sorted(known))}")


def _resources(file: Path, node: str, entry: Mapping[str, Any]) -> Resources:
    known = [field.name for field in dataclasses.fields(Resources)]  # type: ignore[arg-type]
    for name in entry:
        if name not in known:
            raise UserError(
                f"{file}: {node}: no setting {name!r}; {did_you_mean(str(name), known)}"
            )
    try:
        return from_plain(Resources, entry)
    except UserError as error:
        raise UserError(f"{file}: {node}: {error}") from error

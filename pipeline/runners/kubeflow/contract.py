"""What Kubeflow Pipelines hands to a container: its executor input, as each version writes it.

What differs:
- `inputs` and its parts are missing where they would be empty;
- outputs have a name from 2.15 on;
- `executor-logs` is one more output where the cluster keeps logs, as it does by default: a file
  that is there before the command starts; from 2.17 on its address ends in the attempt's number;
- `outputFile` lies in /tmp/kfp_outputs, from 2.15 on in the task's folder;
- artifacts that come in have lost their types;
- addresses are ROOT/PIPELINE/RUN/TASK/EXECUTION/OUTPUT in an object store. Kubeflow's local
  runner, which also keeps the types, has ROOT/PIPELINE-TIME/TASK/OUTPUT, a folder.

After backend/src/v2/driver/driver.go, backend/src/v2/component/launcher_v2.go and
sdk/python/kfp/local/executor_input_utils.py of github.com/kubeflow/pipelines, 2.5.0 to 2.17.0.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.errors import UserError
from components.manifest import folder_sha256
from pipeline.stores import local_path

_CONTENT = "content_sha256"  # in the metadata of what a node has made
_SECTIONS = ("outputs", "inputs")
_TIME = r"\d{4}(-\d+){6}"  # of a run of the local runner


def read_invocation(text: str) -> dict[str, Any]:
    """An executor input with all its parts, also those that are left out where they are empty."""
    invocation: dict[str, Any] = json.loads(text)
    for section in _SECTIONS:
        invocation.setdefault(section, {}).setdefault("artifacts", {})
    invocation["inputs"].setdefault("parameterValues", {})
    return invocation


def run_of(invocation: Mapping[str, Any], pipeline: str) -> str:
    """The run that an invocation belongs to, by the addresses of its outputs; "" if none says so.

    Args:
      invocation: of `read_invocation`.
      pipeline: the pipeline's name.
    """
    # From the end: the root, too, may hold a folder of the pipeline's name.
    name = re.escape(pipeline)
    on_a_cluster = re.compile(rf"/{name}/([^/]+)/[^/]+/[^/]+/[^/]+$")
    local = re.compile(rf"/({name}-{_TIME})/[^/]+/[^/]+$")
    for _, artifact in artifacts_of(invocation["outputs"]):
        for form in (on_a_cluster, local):
            if match := form.search(artifact["uri"]):
                return match[1]
    return ""


def leave_to_launcher(invocation: Mapping[str, Any], component: Mapping[str, Any]) -> None:
    """Takes out of an invocation what is no input or output of the node's own.

    Args:
      invocation: of `read_invocation`.
      component: the node's `ComponentSpec`, as plain data.
    """
    for section in _SECTIONS:
        known = component.get(f"{section[:-1]}Definitions", {}).get("artifacts", {})
        found = invocation[section]["artifacts"]
        for name in found.keys() - known.keys():
            del found[name]


def localize(invocation: Mapping[str, Any]) -> dict[str, str]:
    """Puts the folders where the launcher keeps artifacts in place of addresses, and makes them.

    Args:
      invocation: of `read_invocation`.

    Returns:
      Folder → address of each artifact, outputs first.

    Raises:
      UserError: an address is none that the launcher knows.
    """
    addresses = {}
    for section in _SECTIONS:
        for _, artifact in artifacts_of(invocation[section]):
            address = artifact["uri"]
            folder = artifact.pop("customPath", "") or local_path(address)
            addresses[folder] = address
            artifact["uri"] = folder
            # Empty folders are not kept in an object store.
            os.makedirs(folder, exist_ok=True)
            artifact.get("metadata", {}).pop("store_session_info", None)
    return addresses


def restore_types(invocation: Mapping[str, Any], component: Mapping[str, Any]) -> None:
    """Gives artifacts the types that are lost on the way.

    Args:
      invocation: of `read_invocation`, without foreign artifacts.
      component: the node's `ComponentSpec`, as plain data.
    """
    for section in _SECTIONS:
        types = component.get(f"{section[:-1]}Definitions", {}).get("artifacts", {})
        for name, artifact in artifacts_of(invocation[section]):
            artifact["type"] = types[name]["artifactType"]


def note_contents(output: Mapping[str, Any]) -> None:
    """Has the artifacts of a node say what they hold, for the nodes that take them.

    Args:
      output: the executor output, with folders in place of addresses.
    """
    for _, artifact in artifacts_of(output):
        content = folder_sha256(Path(artifact["uri"]))
        artifact.setdefault("metadata", {})[_CONTENT] = content


def check_contents(invocation: Mapping[str, Any], addresses: Mapping[str, str]) -> None:
    """Whether a node was given what others left for it.

    The launcher takes no notice of an object that is gone: it brings an empty folder.

    Args:
      invocation: of `read_invocation`, after `localize`.
      addresses: of `localize`.

    Raises:
      UserError: an input is gone, or is not what its node has made.
    """
    for _, artifact in artifacts_of(invocation["inputs"]):
        noted = artifact.get("metadata", {}).get(_CONTENT)  # None: this project did not make it
        found = folder_sha256(Path(artifact["uri"]))
        if not found and noted != "":
            what = "is gone"
        elif noted not in (None, found):
            what = "has another content than its node left"
        else:
            continue
        address = addresses[artifact["uri"]]
        raise UserError(f"its input {address} {what}: start another run, with --no-cache")


def finish_output(output: dict[str, Any], addresses: Mapping[str, str], serving: str) -> Any:
    """Makes of what a TFX executor has written what the launcher reads.

    Args:
      output: the executor output; changed in place.
      addresses: of `localize`.
      serving: folder that models are pushed to; "" if they stay in their artifact.
    """
    for name, artifact in artifacts_of(output):
        metadata = artifact.get("metadata", {})
        if name == "pushed_model" and metadata.get("pushed_destination") and not serving:
            metadata["pushed_destination"] = addresses[artifact["uri"]]
        # The launcher does not take null.
        artifact["metadata"] = {k: v for k, v in metadata.items() if v is not None}
    return with_addresses(output, addresses)


def artifacts_of(section: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The artifacts of an executor input's section, or of an executor output, by name."""
    for name, listed in section.get("artifacts", {}).items():
        for artifact in listed.get("artifacts", []):
            yield name, artifact


def with_addresses(value: Any, addresses: Mapping[str, str]) -> Any:
    """`value` (plain data) with every folder of the container replaced by its address."""
    if isinstance(value, str):
        # The longest first: one folder may lie in another.
        for folder in sorted(addresses, key=len, reverse=True):
            value = value.replace(folder, addresses[folder])
        return value
    if isinstance(value, list):
        return [with_addresses(item, addresses) for item in value]
    if isinstance(value, dict):
        return {key: with_addresses(item, addresses) for key, item in value.items()}
    return value

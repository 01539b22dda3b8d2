"""The command of every container on Kubeflow Pipelines: bridges its launcher and TFX's executors.

The open-source launcher and TFX's own container command disagree, and this module makes up for
it. In a node's container it
1. puts the run's parameters into the experiment, and compiles the node anew from that;
2. gives artifacts the types that the launcher has lost, and the folders that it keeps them in;
3. does ExampleGen's look at the data, which the open-source backend leaves out;
4. runs the node;
5. writes addresses in the object store wherever a folder of this container was named, since
   neither the next node nor a person could follow it.

Fails with the reason as its last line, exit code 2 if it is one that a person can mend, else 1.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from components.errors import UserError, user_error_in

# backend/src/v2/component/launcher_v2.go of kubeflow/pipelines, LocalPathForURI
_STAGED = {"minio://": "/minio/", "s3://": "/s3/", "gs://": "/gcs/"}

#: Environment variable: folder that stands for the root of the container, for trials outside one.
ROOT = "PIPELINE_CONTAINER_ROOT"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a node; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executor_class_path", required=True)
    parser.add_argument("--json_serialized_invocation_args", required=True)
    parser.add_argument("--json_serialized_inputs_spec_args", required=True)
    arguments, beam_args = parser.parse_known_args(argv)
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    node = os.environ.get("PIPELINE_NODE", "?")
    try:
        _run(node, arguments, beam_args)
    except BaseException as error:
        by_user = user_error_in(error)
        if by_user is None:
            traceback.print_exc()
        first_line = (str(error).strip().splitlines() or [""])[0]
        reason = by_user or f"{type(error).__name__}: {first_line}"
        sys.stdout.flush()
        print(f"error: {node}: {reason}", file=sys.stderr, flush=True)
        return 1 if by_user is None else 2
    return 0


def local_path(uri: str) -> str:
    """The folder in the container where the launcher keeps an address of the object store.

    Raises:
      UserError: it keeps none.
    """
    for scheme, folder in _STAGED.items():
        if uri.startswith(scheme):
            return os.environ.get(ROOT, "") + folder + uri[len(scheme) :]
    raise UserError(
        f"{uri} is on none of {', '.join(_STAGED)}: give such a pipeline root when submitting"
    )


def run_id(uri: str, pipeline_name: str) -> str:
    """The run of an output's address, <root>/<pipeline>/<run>/<task>/<execution>/<output>."""
    # From the end: the root, too, may hold a folder of the pipeline's name.
    found = re.search(rf"/{re.escape(pipeline_name)}/([^/]+)/[^/]+/[^/]+/[^/]+$", uri)
    return found[1] if found else ""


def with_addresses(value: Any, addresses: Mapping[str, str]) -> Any:
    """`value` (plain data) with every folder of the container replaced by its address."""
    if isinstance(value, str):
        # The longest first: one folder may lie in another.
        for folder in sorted(addresses, key=len, reverse=True):
            value = value.replace(folder, addresses[folder])
        return value
    if isinstance(value, list):
        return [with_addresses(one, addresses) for one in value]
    if isinstance(value, dict):
        return {key: with_addresses(one, addresses) for key, one in value.items()}
    return value


def _run(node: str, arguments: argparse.Namespace, beam_args: list[str]) -> None:
    from absl import logging
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor
    from tfx.orchestration.kubeflow.v2.file_based_example_gen import driver

    from pipeline.dag import Places
    from pipeline.datasets import locate
    from pipeline.runners.kubeflow.compiler import (
        CODE,
        DATA,
        EXPERIMENT,
        SERVING,
        pipeline_spec,
        run_parameters,
        with_parameters,
    )
    from pipeline.runs.provenance import fingerprint
    from pipeline.runs.result import DATA as ORIGIN
    from pipeline.settings.experiment import from_plain

    logging.set_verbosity(logging.INFO)
    told = json.loads(arguments.json_serialized_invocation_args)
    values = told["inputs"].get("parameterValues", {})
    experiment = from_plain(json.loads(os.environ[EXPERIMENT]))
    if fingerprint(experiment) != os.environ[CODE]:
        raise UserError(
            "the image holds other code than this pipeline was compiled with: build the image and "
            "compile the pipeline from the same checkout"
        )
    experiment = with_parameters(experiment, run_parameters(experiment, ""), values)
    located = locate.data(experiment, values[DATA]) if DATA in values else None
    pushed = values.get(SERVING) or tempfile.mkdtemp()
    places = Places(
        data=str(located.folder) if located else "",
        artifacts="unused",
        serving=pushed,
        training_state="",
        weights=locate.weights(experiment) if _needs_weights(values) else {},
    )
    addresses = _localize(told)
    first_output = next(iter(addresses.values()))
    spec = pipeline_spec(
        experiment, places, run_id(first_output, experiment.name), image="", beam_args=()
    )
    component = spec["components"][node]
    constants = spec["root"]["dag"]["tasks"][node].get("inputs", {}).get("parameters", {})
    told["inputs"]["parameterValues"] = {
        name: value["runtimeValue"]["constant"] for name, value in constants.items()
    }
    _restore_types(told, component)

    output_file = Path(told["outputs"]["outputFile"])
    inputs_spec = component.get("inputDefinitions", {})
    if located:
        driver._run_driver(
            json_format.ParseDict(told, pipeline_spec_pb2.ExecutorInput()),
            json_format.ParseDict(inputs_spec, pipeline_spec_pb2.ComponentInputsSpec()),
        )
        found = json.loads(output_file.read_text())["artifacts"]
        for name, one in _artifacts(told["outputs"]):
            [looked] = found.get(name, {}).get("artifacts", [{}])
            one["metadata"] = {**one.get("metadata", {}), **looked.get("metadata", {})}
    arguments.json_serialized_invocation_args = json.dumps(told)
    arguments.json_serialized_inputs_spec_args = json.dumps(inputs_spec)
    kubeflow_v2_run_executor._run_executor(arguments, beam_args)

    if located:
        [(_, examples)] = _artifacts(told["outputs"])
        description = located.description.replace(f" in {located.folder}", "")
        origin = dataclasses.replace(located, folder=Path(), description=description)
        ORIGIN.write(Path(examples["uri"]), origin)
    _write_addresses(told, addresses)
    output = json.loads(output_file.read_text())
    for name, one in _artifacts(output):
        if name == "pushed_model" and not values.get(SERVING):
            metadata = one.get("metadata", {})
            if metadata.get("pushed_destination"):  # nowhere but in the artifact
                metadata["pushed_destination"] = addresses[one["uri"]]
        # The launcher does not take null.
        one["metadata"] = {k: v for k, v in one.get("metadata", {}).items() if v is not None}
    output_file.write_text(json.dumps(with_addresses(output, addresses)))


def _needs_weights(values: Mapping[str, Any]) -> bool:
    return any(name.endswith("_backbone_weights") for name in values)


def _artifacts(section: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, listed in section.get("artifacts", {}).items():
        for one in listed.get("artifacts", []):
            yield name, one


def _localize(told: dict[str, Any]) -> dict[str, str]:
    """Puts folders in place of addresses; returns folder → address, outputs first."""
    addresses = {}
    for section in ("outputs", "inputs"):
        for _, one in _artifacts(told[section]):
            address, one["uri"] = one["uri"], local_path(one["uri"])
            addresses[one["uri"]] = address
            # Empty folders are not kept in an object store.
            os.makedirs(one["uri"], exist_ok=True)
            one.get("metadata", {}).pop("store_session_info", None)
    return addresses


def _restore_types(told: dict[str, Any], component: Mapping[str, Any]) -> None:
    for section in ("inputs", "outputs"):
        types = component.get(f"{section[:-1]}Definitions", {}).get("artifacts", {})
        for name, one in _artifacts(told[section]):
            one["type"] = types[name]["artifactType"]


def _write_addresses(told: Mapping[str, Any], addresses: Mapping[str, str]) -> None:
    """Replaces folders of the container in the outputs' text files."""
    for _, one in _artifacts(told["outputs"]):
        for file in Path(one["uri"]).rglob("*"):
            if not file.is_file():
                continue
            content = file.read_bytes()
            if not any(folder.encode() in content for folder in addresses):
                continue
            try:
                text = content.decode()
            except UnicodeDecodeError:
                continue  # a binary file: its lengths would no longer be right
            file.write_text(with_addresses(text, addresses))


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.exit(code)

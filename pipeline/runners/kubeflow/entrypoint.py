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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components import environment
from components.errors import UserError, user_error_in
from components.text import in_line, masked_answer, traceback_in_lines
from pipeline.runners.kubeflow.stores import local_path

if TYPE_CHECKING:
    from pipeline.datasets.locate import Located
    from pipeline.settings.experiment import Experiment


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
        environment.set_variables()
        _run(node, arguments, beam_args)
    except BaseException as error:
        by_user = user_error_in(error)
        if by_user is None:
            sys.stderr.write(traceback_in_lines())
        first_line = (str(error).strip().splitlines() or [""])[0]
        reason = by_user or f"{type(error).__name__}: {first_line}"
        sys.stdout.flush()
        sys.stderr.write(in_line(masked_answer(f"error: {node}: {reason}")) + "\n")
        sys.stderr.flush()
        return 1 if by_user is None else 2
    return 0


def run_id(uri: str, pipeline_name: str) -> str:
    """The run of an output's address, <root>/<pipeline>/<run>/<task>/<execution>/<output>."""
    # From the end: the root, too, may hold a folder of the pipeline's name.
    match = re.search(rf"/{re.escape(pipeline_name)}/([^/]+)/[^/]+/[^/]+/[^/]+$", uri)
    return match[1] if match else ""


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


def _run(node: str, arguments: argparse.Namespace, beam_args: list[str]) -> None:
    from absl import logging
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor

    from pipeline.datasets import locate
    from pipeline.runners.kubeflow.parameters import DATA, SERVING

    logging.set_verbosity(logging.INFO)
    invocation = json.loads(arguments.json_serialized_invocation_args)
    values = invocation["inputs"].get("parameterValues", {})
    experiment = _experiment(values)
    located = (
        locate.data(experiment.name, experiment.dataset, values[DATA]) if DATA in values else None
    )
    addresses = _localize(invocation)
    component, parameters = _compile(node, experiment, values, located, addresses)
    invocation["inputs"]["parameterValues"] = parameters
    _restore_types(invocation, component)
    output_file = Path(invocation["outputs"]["outputFile"])
    inputs_spec = component.get("inputDefinitions", {})
    if located:
        _look_at_data(invocation, experiment.dataset.reader, located.folder)
    arguments.json_serialized_invocation_args = json.dumps(invocation)
    arguments.json_serialized_inputs_spec_args = json.dumps(inputs_spec)
    kubeflow_v2_run_executor._run_executor(arguments, beam_args)
    if located:
        _write_provenance(invocation, located)
    _write_addresses(invocation, addresses)
    output = json.loads(output_file.read_text())
    for name, artifact in _artifacts(output):
        metadata = artifact.get("metadata", {})
        pushed = name == "pushed_model" and metadata.get("pushed_destination")
        if pushed and not values.get(SERVING):  # nowhere but in the artifact
            metadata["pushed_destination"] = addresses[artifact["uri"]]
        # The launcher does not take null.
        artifact["metadata"] = {k: v for k, v in metadata.items() if v is not None}
    output_file.write_text(json.dumps(with_addresses(output, addresses)))


def _experiment(values: Mapping[str, Any]) -> Experiment:
    """The experiment that this pipeline was compiled from, with the run's parameters.

    Raises:
      UserError: it was compiled with other code, or a parameter is wrong.
    """
    from components.settings import from_json
    from pipeline.runners.kubeflow.compiler import CODE, EXPERIMENT
    from pipeline.runners.kubeflow.parameters import run_parameters, with_parameters
    from pipeline.runs.provenance import fingerprint
    from pipeline.settings.experiment import Experiment

    experiment = from_json(Experiment, os.environ[EXPERIMENT])
    if fingerprint(experiment) != os.environ[CODE]:
        raise UserError(
            "the image holds other code than this pipeline was compiled with: build the image and "
            "compile the pipeline from the same checkout"
        )
    return with_parameters(experiment, run_parameters(experiment, ""), values)


def _compile(
    node: str,
    experiment: Experiment,
    values: Mapping[str, Any],
    located: Located | None,
    addresses: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compiles a node anew; returns its component's specification and its settings.

    Args:
      node: its name.
      experiment: as it is run.
      values: the run's parameters that this node is given.
      located: the data, for the node that reads them.
      addresses: of its artifacts, outputs first, which name the run.
    """
    from pipeline.datasets import locate
    from pipeline.places import Places
    from pipeline.runners.kubeflow.compiler import pipeline_spec
    from pipeline.runners.kubeflow.parameters import SERVING

    needs_weights = any(name.endswith("_backbone_weights") for name in values)
    places = Places(
        data=str(located.folder) if located else "",
        artifacts="unused",
        serving=values.get(SERVING) or tempfile.mkdtemp(),
        training_state="",
        weights=locate.weights(experiment.backbone_weights) if needs_weights else {},
        sha256=located.contents.sha256 if located else {},
    )
    run = run_id(next(iter(addresses.values())), experiment.name)
    spec = pipeline_spec(experiment, places, run, image="", beam_args=())
    constants = spec["root"]["dag"]["tasks"][node].get("inputs", {}).get("parameters", {})
    parameters = {name: value["runtimeValue"]["constant"] for name, value in constants.items()}
    return spec["components"][node], parameters


def _look_at_data(invocation: dict[str, Any], reader: str, folder: Path) -> None:
    """Does ExampleGen's look at the data: their fingerprint goes into its outputs' metadata."""
    from components.code import load
    from components.ingestion.driver import seen

    for _, artifact in _artifacts(invocation["outputs"]):
        looked_at = seen(folder, load(reader).patterns.values())
        artifact["metadata"] = {**artifact.get("metadata", {}), **looked_at}


def _write_provenance(invocation: Mapping[str, Any], located: Located) -> None:
    """Writes where the data came from beside the Examples, for the report."""
    from pipeline.runs.result import DATA as ORIGIN

    [(_, examples)] = _artifacts(invocation["outputs"])
    description = located.description.replace(f" in {located.folder}", "")
    origin = dataclasses.replace(located, folder=Path(), description=description)
    ORIGIN.write(Path(examples["uri"]), origin)


def _artifacts(section: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, listed in section.get("artifacts", {}).items():
        for artifact in listed.get("artifacts", []):
            yield name, artifact


def _localize(invocation: dict[str, Any]) -> dict[str, str]:
    """Puts folders in place of addresses; returns folder → address, outputs first."""
    addresses = {}
    for section in ("outputs", "inputs"):
        for _, artifact in _artifacts(invocation[section]):
            address, folder = artifact["uri"], local_path(artifact["uri"])
            addresses[folder] = address
            artifact["uri"] = folder
            # Empty folders are not kept in an object store.
            os.makedirs(folder, exist_ok=True)
            artifact.get("metadata", {}).pop("store_session_info", None)
    return addresses


def _restore_types(invocation: dict[str, Any], component: Mapping[str, Any]) -> None:
    for section in ("inputs", "outputs"):
        types = component.get(f"{section[:-1]}Definitions", {}).get("artifacts", {})
        for name, artifact in _artifacts(invocation[section]):
            artifact["type"] = types[name]["artifactType"]


def _write_addresses(invocation: Mapping[str, Any], addresses: Mapping[str, str]) -> None:
    """Replaces folders of the container in the outputs' text files."""
    for _, artifact in _artifacts(invocation["outputs"]):
        for file in Path(artifact["uri"]).rglob("*"):
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

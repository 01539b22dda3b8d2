"""The command of every container on Kubeflow Pipelines: bridges its launcher and TFX's executors.

The open-source launcher and TFX's own container command disagree, and this module makes up for
it. In a node's container it
1. puts the run's parameters into the experiment, and compiles the node anew from that;
2. leaves the launcher's own artifacts alone, gives the others the types that are lost on the way
   and the folders that it keeps them in, and compares the inputs with what was left there
   (`pipeline.runners.kubeflow.contract`);
3. does ExampleGen's look at the data, which the open-source backend leaves out;
4. runs the node;
5. gives what the user interface shows of a run to the report's artifacts;
6. writes addresses in the object store wherever a folder of this container was named, since
   neither the next node nor a person could follow it.

Fails with the reason as its last line, exit code 2 if it is one that a person can mend, else 1.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components import names
from components.errors import UserError
from components.garbage import collecting_less
from pipeline.runners.kubeflow import contract
from pipeline.runners.kubeflow.command import NODE, experiment_of_run, told

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
    node = os.environ.get(NODE, "?")
    return told(node, lambda: _run(node, arguments, beam_args))


def _run(node: str, arguments: argparse.Namespace, beam_args: list[str]) -> None:
    from absl import logging
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor

    from components.evaluator.autograph import leave_metrics_alone
    from components.trainer.accelerator import use_threads
    from pipeline.datasets import locate
    from pipeline.report.node import Report
    from pipeline.runners.kubeflow import look, page
    from pipeline.runners.kubeflow.parameters import DATA, SERVING

    logging.set_verbosity(logging.INFO)
    leave_metrics_alone()
    invocation = contract.read_invocation(arguments.json_serialized_invocation_args)
    values = invocation["inputs"]["parameterValues"]
    experiment = experiment_of_run(values)
    if node.partition(".")[0] in (names.TRAINER, names.TUNER, names.BACKBONE_FEATURES):
        # Compiling makes optimizers, and with them TensorFlow begins.
        use_threads(experiment.accelerator)
    located = (
        locate.data(experiment.name, experiment.dataset, values[DATA]) if DATA in values else None
    )
    if located and look.content(experiment, values[DATA], located) != values[look.CONTENT]:
        raise UserError(
            f"{values[DATA]} has changed since this run has looked at it: let nothing write there, "
            "and start another run"
        )
    component, parameters = _compile(
        node, experiment, values, located, contract.run_of(invocation, experiment.name)
    )
    contract.leave_to_launcher(invocation, component)
    addresses = contract.localize(invocation)
    contract.check_contents(invocation, addresses)
    invocation["inputs"]["parameterValues"] = parameters
    contract.restore_types(invocation, component)
    if located:
        _look_at_data(invocation, experiment.dataset.reader, located.folder)
    arguments.json_serialized_invocation_args = json.dumps(invocation)
    arguments.json_serialized_inputs_spec_args = json.dumps(component.get("inputDefinitions", {}))
    kubeflow_v2_run_executor._run_executor(arguments, beam_args)
    if located:
        _write_provenance(invocation, located)
    _write_addresses(invocation, addresses)
    output_file = Path(invocation["outputs"]["outputFile"])
    output = json.loads(output_file.read_text())
    if node == Report.__name__:
        page.fill(output)  # no node takes what it leaves
    else:
        contract.note_contents(output)
    output_file.write_text(
        json.dumps(contract.finish_output(output, addresses, values.get(SERVING, "")))
    )


def _compile(
    node: str,
    experiment: Experiment,
    values: Mapping[str, Any],
    located: Located | None,
    run: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compiles a node anew; returns its component's specification and its settings.

    Args:
      node: its name.
      experiment: as it is run.
      values: the run's parameters that this node is given.
      located: the data, for the node that reads them.
      run: the run's name.
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
    spec = pipeline_spec(experiment, places, run, image="", beam_args=())
    constants = spec["root"]["dag"]["tasks"][node].get("inputs", {}).get("parameters", {})
    parameters = {name: value["runtimeValue"]["constant"] for name, value in constants.items()}
    return spec["components"][node], parameters


def _look_at_data(invocation: dict[str, Any], reader: str, folder: Path) -> None:
    """Does ExampleGen's look at the data: their fingerprint goes into its outputs' metadata."""
    from components.code import load
    from components.ingestion.driver import seen

    for _, artifact in contract.artifacts_of(invocation["outputs"]):
        looked_at = seen(folder, load(reader).patterns.values())
        artifact["metadata"] = {**artifact.get("metadata", {}), **looked_at}


def _write_provenance(invocation: Mapping[str, Any], located: Located) -> None:
    """Writes where the data came from beside the Examples, for the report."""
    from pipeline.runs.result import DATA as ORIGIN

    [(_, examples)] = contract.artifacts_of(invocation["outputs"])
    description = located.description.replace(f" in {located.folder}", "")
    origin = dataclasses.replace(located, folder=Path(), description=description)
    ORIGIN.write(Path(examples["uri"]), origin)


def _write_addresses(invocation: Mapping[str, Any], addresses: Mapping[str, str]) -> None:
    """Replaces folders of the container in the outputs' text files."""
    for _, artifact in contract.artifacts_of(invocation["outputs"]):
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
            file.write_text(contract.with_addresses(text, addresses))


if __name__ == "__main__":
    with collecting_less():
        code = main()
    sys.stdout.flush()
    sys.exit(code)

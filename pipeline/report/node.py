"""The report as a node, for runs whose artifacts are out of reach afterwards, as on a cluster."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact, artifact_utils, channel, component_spec, standard_artifacts

from components import names
from components.nodes import spec_of
from pipeline.report.build import PAGE, build
from pipeline.runs.metadata import NodeRecord
from pipeline.runs.provenance import code_version
from pipeline.runs.result import DATA
from pipeline.settings.experiment import Experiment, from_plain

# TFX cannot name types of this project's own on a cluster; the compiler tells Kubeflow
# Pipelines that "page" is HTML: one file, at its URI.
_KIND = standard_artifacts.ModelEvaluation


class Executor(base_executor.BaseExecutor):
    """Builds the report of the nodes whose outputs it is given."""

    def Do(
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """See the module's text."""
        outputs: dict[str, dict[str, artifact.Artifact]] = {}
        for name, (node, key) in json.loads(exec_properties["origins"]).items():
            outputs.setdefault(node, {})[key] = artifact_utils.get_single_instance(input_dict[name])
        nodes = {
            node: NodeRecord(
                cached=False,
                outputs={key: Path(left.uri) for key, left in of_node.items()},
                properties={
                    key: {
                        name: left.get_custom_property(name)
                        for name in left.mlmd_artifact.custom_properties
                    }
                    for key, left in of_node.items()
                },
            )
            for node, of_node in outputs.items()
        }
        examples = nodes[names.EXAMPLE_GEN].outputs[names.OUTPUT_EXAMPLES]
        folder = Path(artifact_utils.get_single_uri(output_dict["report"]))
        experiment = from_plain(json.loads(exec_properties["experiment"]))
        build(
            folder,
            exec_properties["run_id"],
            nodes,
            experiment,
            DATA.read(examples),
            code_version(experiment),
        )
        page = Path(artifact_utils.get_single_uri(output_dict["page"]))
        page.rmdir()  # it was made for a folder
        page.write_bytes((folder / PAGE).read_bytes())


class Report(base_component.BaseComponent):
    """The node."""

    SPEC_CLASS = component_spec.ComponentSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        *,
        experiment: Experiment,
        run_id: str,
        outputs: Mapping[tuple[str, str], channel.BaseChannel],
    ):
        """Builds the node.

        Args:
          experiment: as it is run.
          run_id: the run's name; "" where it is not known yet.
          outputs: (node, output key) → what the report is made of.
        """
        origins = {f"input_{index:02d}": origin for index, origin in enumerate(outputs)}
        super().__init__(
            spec=spec_of(
                self,
                parameters={
                    "experiment": json.dumps(dataclasses.asdict(experiment)),
                    "run_id": run_id,
                    "origins": json.dumps(origins),
                },
                inputs={name: outputs[origin] for name, origin in origins.items()},
                outputs={"report": _KIND, "page": _KIND},
            )
        )

"""The report as a node, for runs whose artifacts are out of reach afterwards, as on a cluster."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tfx.dsl.components.base import executor_spec
from tfx.types import artifact, artifact_utils, channel, standard_artifacts

from components import names, nodes
from components.evaluator.significance_node import PREDICTIONS_FILE
from components.settings import settings
from pipeline.report.build import PAGE, build
from pipeline.runs.metadata import NodeRecord
from pipeline.runs.provenance import code_version
from pipeline.runs.result import DATA
from pipeline.settings.experiment import Experiment

# TFX cannot name types of this project's own on a cluster; the compiler tells Kubeflow
# Pipelines what they are.
_KIND = standard_artifacts.ModelEvaluation

_ARTIFACTS = "artifacts"  # the input: several

#: The outputs: the report's folder, its page as one file; and what a cluster's own page shows
#: besides, which is filled there: a text, figures, each arm's confusion matrix.
REPORT, PAGE_OUTPUT, VERDICT, METRICS = "report", "page", "verdict", "metrics"
CONFUSION = {role: f"{role}_confusion" for role in names.ROLES}


@settings
class ReportSettings:
    """What the report is of.

    Attributes:
      experiment: as it is run.
      run_id: the run's name; "" where it is not known yet.
      origins: (node, output key) of each artifact that the node takes.
    """

    experiment: Experiment
    run_id: str
    origins: tuple[tuple[str, str], ...]


class Executor(nodes.NodeExecutor):
    """Builds the report of the nodes whose outputs it takes."""

    SETTINGS = ReportSettings

    def run(
        self, settings: ReportSettings, inputs: nodes.Artifacts, outputs: nodes.Artifacts
    ) -> None:
        """See the module's text."""
        by_node: dict[str, dict[str, artifact.Artifact]] = {}
        for (node, key), of_output in zip(settings.origins, inputs[_ARTIFACTS], strict=True):
            by_node.setdefault(node, {})[key] = of_output
        records = {
            node: NodeRecord(
                cached=False,
                outputs={key: Path(of_output.uri) for key, of_output in of_node.items()},
                properties={
                    key: {
                        name: of_output.get_custom_property(name)
                        for name in of_output.mlmd_artifact.custom_properties
                    }
                    for key, of_output in of_node.items()
                },
                manifests=False,
            )
            for node, of_node in by_node.items()
        }
        examples = records[names.EXAMPLE_GEN].folder(names.OUTPUT_EXAMPLES)
        folder = Path(artifact_utils.get_single_uri(outputs[REPORT]))
        experiment = settings.experiment
        build(
            folder,
            settings.run_id,
            records,
            experiment,
            DATA.read(examples),
            code_version(experiment),
            trust=True,  # this run has just run it
        )
        compared = records[names.SIGNIFICANCE].folder(names.OUTPUT_SIGNIFICANCE)
        shutil.copy(compared / PREDICTIONS_FILE, folder)  # what a study needs besides the summary
        page = Path(artifact_utils.get_single_uri(outputs[PAGE_OUTPUT]))
        page.rmdir()  # it was made for a folder
        page.write_bytes((folder / PAGE).read_bytes())


class Report(nodes.Node):
    """The node."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    INPUTS: ClassVar = {_ARTIFACTS: artifact.Artifact}
    OUTPUTS: ClassVar = dict.fromkeys(
        (REPORT, PAGE_OUTPUT, VERDICT, METRICS, *CONFUSION.values()), _KIND
    )

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
        super().__init__(
            settings=ReportSettings(experiment=experiment, run_id=run_id, origins=tuple(outputs)),
            **{_ARTIFACTS: list(outputs.values())},
        )

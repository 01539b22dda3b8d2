"""From an experiment to what Kubeflow Pipelines runs: TFX's compiler, and what it leaves out.

TFX compiles a pipeline for Google's managed service. For the open-source backend, this module
renames the nodes as Kubernetes wants names, drops what the backend refuses, adds parameters
that can be changed for each run, and puts resources on every node. The container command is
`entrypoint`, which builds the same pipeline again from the experiment and the run's
parameters; so a parameter may change whatever `--set` may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from tfx.dsl.context_managers import dsl_context_registry
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner
from tfx.orchestration.pipeline import Pipeline
from tfx.types import standard_artifacts

from components import names
from components.settings import to_json
from pipeline.dag import create_pipeline
from pipeline.datasets.locate import Weights
from pipeline.places import Places
from pipeline.report.node import Report
from pipeline.runners import Job
from pipeline.runners.kubeflow import look, page, pods
from pipeline.runners.kubeflow.command import CODE, EXPERIMENT, NODE
from pipeline.runners.kubeflow.names import rename_nodes
from pipeline.runners.kubeflow.parameters import (
    DATA,
    SERVING,
    Parameter,
    run_parameters,
    with_parameters,
)
from pipeline.runners.kubeflow.resources import Resources
from pipeline.runs.provenance import fingerprint
from pipeline.settings.experiment import Experiment, TransferArm

_COMMAND = ["python", "-m", "pipeline.runners.kubeflow.entrypoint"]
_LOOK = ["python", "-m", "pipeline.runners.kubeflow.look"]
# What the report is not made of. Models and pictures are large, and its numbers come from their
# evaluation; of several seeds, the first one's training is shown.
_UNREPORTED_NODES = re.compile(
    r"ExampleValidator(\.\d+)?|StatisticsGen\.\d+|BackboneFeatures\..*|Trainer\.\w+\.\d+"
)
_UNREPORTED_TYPES = (standard_artifacts.Model, standard_artifacts.TransformCache)


def pipeline_spec(
    experiment: Experiment, places: Places, run_id: str, *, image: str, beam_args: Sequence[str]
) -> dict[str, Any]:
    """The experiment's pipeline as TFX compiles it: a PipelineSpec, as plain data.

    Args:
      experiment: what to run.
      places: where.
      run_id: the run's name, for its report; "" where it is not known yet.
      image: of the containers.
      beam_args: Beam options of the nodes that use Beam.
    """
    pipeline = _pipeline(experiment, places, run_id, beam_args)
    config = kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
        default_image=image, default_commands=_COMMAND, use_pipeline_spec_2_1=True
    )
    runner = kubeflow_v2_dag_runner.KubeflowV2DagRunner(config=config)
    return runner.run(pipeline, write_out=False)["pipelineSpec"]


def nodes_of(experiment: Experiment) -> list[str]:
    """The names of an experiment's nodes on a cluster."""
    return list(_settings(experiment))


def compile_pipeline(
    job: Job, *, image: str, resources: Mapping[str, Resources]
) -> list[dict[str, Any]]:
    """The two documents of a package for Kubeflow Pipelines: PipelineSpec and PlatformSpec.

    Args:
      job: what to run. Its data are the default of the run's parameter `data`; whether the cache
        is used is said when submitting.
      image: of the containers.
      resources: what each node gets.
    """
    experiment = job.experiment
    places = _nowhere(experiment, job.data)
    spec = pipeline_spec(experiment, places, "", image=image, beam_args=job.beam_args)
    _add_parameters(spec, experiment, run_parameters(experiment, job.data))
    _prepend_look(spec, image)
    resources = {**resources, look.NODE: resources[names.EXAMPLE_GEN]}
    environment = {
        EXPERIMENT: to_json(experiment),
        CODE: fingerprint(experiment),
    }
    platform = {}
    for node, node_resources in resources.items():
        container = spec["deploymentSpec"]["executors"][f"{node}_executor"]["container"]
        container.pop("lifecycle", None)  # of the managed service; the entrypoint does this work
        container["env"] = [
            {"name": name, "value": value} for name, value in {NODE: node, **environment}.items()
        ]
        container["resources"] = pods.container_resources(node_resources)
        task = spec["root"]["dag"]["tasks"][node]
        task["retryPolicy"] = pods.retry_policy(node_resources.retries)
        platform[f"{node}_executor"] = pods.executor_config(node_resources)
    # Its purpose is to see what may have changed.
    spec["root"]["dag"]["tasks"][look.NODE]["cachingOptions"] = {"enableCache": False}
    # The report is the run's own: from the cache it would be another run's, in its folder.
    spec["root"]["dag"]["tasks"]["Report"]["cachingOptions"] = {"enableCache": False}
    shown = spec["components"]["Report"]["outputDefinitions"]["artifacts"]
    for output, title in page.TYPES.items():
        shown[output]["artifactType"] = {"schemaTitle": title, "schemaVersion": "0.0.1"}
    kubernetes = {"deploymentSpec": {"executors": platform}}
    documents: list[dict[str, Any]] = rename_nodes(
        [spec, {"platforms": {"kubernetes": kubernetes}}], resources
    )
    _check(*documents)
    return documents


def write_package(documents: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Writes a package as YAML, whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as out:
        yaml.safe_dump_all(documents, out, sort_keys=True)
    part.rename(file)


def _pipeline(
    experiment: Experiment, places: Places, run_id: str, beam_args: Sequence[str] = ()
) -> Pipeline:
    """The pipeline, and the report as its last node.

    Where a cluster keeps artifacts they are out of reach afterwards. The report needs
    `pipeline.runs.result.DATA` among the Examples, which `entrypoint` writes.
    """
    pipeline = create_pipeline(experiment, places, beam_args=list(beam_args))
    nodes = [node for node in pipeline.components if not _UNREPORTED_NODES.fullmatch(node.id)]
    outputs = {
        (node.id, key): output
        for node in nodes
        for key, output in node.outputs.items()
        if output.type not in _UNREPORTED_TYPES
    }
    with dsl_context_registry.use_registry(pipeline.dsl_context_registry):
        report = Report(experiment=experiment, run_id=run_id, outputs=outputs)
    # Not by assigning a list: that would give each node its Beam options a second time.
    report.add_upstream_nodes(nodes)
    pipeline.components.append(report)
    return pipeline


def _prepend_look(spec: dict[str, Any], image: str) -> None:
    """Adds the task `look.NODE`, whose output the nodes that read the data get."""
    text = {"parameterType": "STRING"}
    spec["components"][look.NODE] = {
        "executorLabel": f"{look.NODE}_executor",
        "inputDefinitions": {"parameters": {DATA: text}},
        "outputDefinitions": {"parameters": {look.CONTENT: text}},
    }
    spec["deploymentSpec"]["executors"][f"{look.NODE}_executor"] = {
        "container": {
            "image": image,
            "command": _LOOK,
            "args": [
                *("--data", f"{{{{$.inputs.parameters['{DATA}']}}}}"),
                *("--output", f"{{{{$.outputs.parameters['{look.CONTENT}'].output_file}}}}"),
            ],
        }
    }
    tasks = spec["root"]["dag"]["tasks"]
    for name, task in tasks.items():
        parameters = task.get("inputs", {}).get("parameters", {})
        if DATA not in parameters:
            continue
        parameters[look.CONTENT] = {
            "taskOutputParameter": {
                "producerTask": look.NODE,
                "outputParameterKey": look.CONTENT,
            }
        }
        task["dependentTasks"] = [*task.get("dependentTasks", []), look.NODE]
        spec["components"][name]["inputDefinitions"]["parameters"][look.CONTENT] = text
    tasks[look.NODE] = {
        "taskInfo": {"name": look.NODE},
        "componentRef": {"name": look.NODE},
        "inputs": {"parameters": {DATA: {"componentInputParameter": DATA}}},
    }


def _nowhere(experiment: Experiment, data: str = "", serving: str = "") -> Places:
    """Nothing lies anywhere yet: each container finds what it needs."""
    weights = {
        arm.backbone_weights: Weights(arm.backbone_weights, "")
        for arm in experiment.arms.values()
        if isinstance(arm, TransferArm)
    }
    return Places(data, "unused", serving or "unused", training_state="", weights=weights)


def _settings(experiment: Experiment, data: str = "", serving: str = "") -> dict[str, Any]:
    """Each node's settings, by the node's name."""
    pipeline = _pipeline(experiment, _nowhere(experiment, data, serving), "")
    return {node.id: node.exec_properties for node in pipeline.components}


def _add_parameters(
    spec: dict[str, Any], experiment: Experiment, parameters: Sequence[Parameter]
) -> None:
    """Gives each parameter to the nodes that would have other settings with another value."""
    as_is = _settings(experiment)
    defined = spec["root"].setdefault("inputDefinitions", {}).setdefault("parameters", {})
    for parameter in parameters:
        kind = "NUMBER_INTEGER" if isinstance(parameter.default, int) else "STRING"
        defined[parameter.name] = {
            "parameterType": kind,
            "defaultValue": parameter.default,
            "description": parameter.text,
            "isOptional": True,
        }
        changed = with_parameters(experiment, [parameter], {parameter.name: parameter.other})
        others = {DATA: "", SERVING: "", parameter.name: str(parameter.other)}
        with_other = _settings(changed, others[DATA], others[SERVING])
        for node in (node for node in as_is if with_other[node] != as_is[node]):
            component = spec["components"][node].setdefault("inputDefinitions", {})
            component.setdefault("parameters", {})[parameter.name] = {"parameterType": kind}
            task = spec["root"]["dag"]["tasks"][node].setdefault("inputs", {})
            task.setdefault("parameters", {})[parameter.name] = {
                "componentInputParameter": parameter.name
            }


def _check(spec: Mapping[str, Any], platform: Mapping[str, Any]) -> None:
    """Reads a package as strictly as the backend does."""
    json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
    deployment = pipeline_spec_pb2.PipelineDeploymentConfig()
    json_format.ParseDict(spec["deploymentSpec"], deployment)
    json_format.ParseDict(platform, pipeline_spec_pb2.PlatformSpec())

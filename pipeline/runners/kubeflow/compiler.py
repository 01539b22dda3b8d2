"""From an experiment to what Kubeflow Pipelines runs: TFX's compiler, and what it leaves out.

TFX compiles a pipeline for Google's managed service. For the open-source backend, this module
renames the nodes as Kubernetes wants names, drops what the backend refuses, adds parameters
that can be changed for each run, and puts resources on every node. The container command is
`entrypoint`, which builds the same pipeline again from the experiment and the run's
parameters; so a parameter may change whatever `--set` may.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner

from components.settings import to_json
from pipeline.dag import Places, create_pipeline
from pipeline.datasets.locate import Weights
from pipeline.runners.kubeflow.resources import Resources
from pipeline.runs.provenance import fingerprint
from pipeline.settings.experiment import Experiment, TransferArm
from pipeline.settings.overrides import override

#: Environment variables of every container: the node's name, the experiment as JSON, and the
#: fingerprint of this project's code that the pipeline was compiled with.
NODE, EXPERIMENT, CODE = "PIPELINE_NODE", "PIPELINE_EXPERIMENT", "PIPELINE_CODE"

#: Parameters of a run that are no settings of the experiment.
DATA, SERVING = "data", "serving"

_COMMAND = ["python", "-m", "pipeline.runners.kubeflow.entrypoint"]
_GIGABYTE = 1e9  # the unit of a PipelineSpec's memory limits


@dataclass(frozen=True)
class Parameter:
    """What can be changed for each run, in the form that Kubeflow Pipelines shows.

    Attributes:
      name: in that form.
      setting: dotted name of the experiment's setting; "" for those that are none.
      default: what it is otherwise.
      other: another value than the default, to find the nodes that it matters to.
      text: for people.
    """

    name: str
    setting: str
    default: str | int
    other: str | int
    text: str


def run_parameters(experiment: Experiment, data: str) -> list[Parameter]:
    """The parameters of an experiment's runs.

    Args:
      experiment: whose.
      data: default of parameter `data`, see `data/README.md`.
    """
    dataset = experiment.dataset
    found = [
        Parameter(DATA, "", data, f"other {data}", "official, sample, or a folder or archive"),
        Parameter(SERVING, "", "", "elsewhere", "folder for a blessed model; empty for none"),
    ]
    numbers = [
        ("train_limit", "dataset.train_limit", dataset.train_limit, "training pictures; 0: all"),
        ("test_limit", "dataset.test_limit", dataset.test_limit, "test pictures; 0: all"),
        ("seed", "seed", experiment.seed, "initial weights, order of pictures, augmentation"),
    ]
    for role, arm in experiment.arms.items():
        epochs = (f"{role}_epochs", f"{role}.epochs", arm.epochs, f"epochs of {arm.title}")
        numbers.append(epochs)
        if isinstance(arm, TransferArm):
            given = arm.backbone_weights
            name, setting = f"{role}_backbone_weights", f"{role}.backbone_weights"
            text = "imagenet, none, or a file"
            found.append(Parameter(name, setting, given, f"other {given}", text))
    return found + [Parameter(*number[:3], number[2] + 1, number[3]) for number in numbers]


def with_parameters(
    experiment: Experiment, parameters: Sequence[Parameter], values: Mapping[str, Any]
) -> Experiment:
    """The experiment with a run's values of its parameters.

    Raises:
      UserError: a value is not one that its setting can have.
    """
    changes = []
    for one in parameters:
        if one.setting and one.name in values:
            value = values[one.name]
            # JSON on its way through Kubeflow Pipelines knows no whole numbers.
            whole = isinstance(value, float) and value.is_integer()
            changes.append(f"{one.setting}={int(value) if whole else value}")
    return override(experiment, changes)


def pipeline_spec(
    experiment: Experiment, places: Places, run_id: str, *, image: str, beam_args: Sequence[str]
) -> dict[str, Any]:
    """The experiment's pipeline as TFX compiles it: a PipelineSpec, as plain data."""
    pipeline = create_pipeline(experiment, places, beam_args=list(beam_args), report_of=run_id)
    config = kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
        default_image=image, default_commands=_COMMAND, use_pipeline_spec_2_1=True
    )
    runner = kubeflow_v2_dag_runner.KubeflowV2DagRunner(config=config)
    return runner.run(pipeline, write_out=False)["pipelineSpec"]


def nodes_of(experiment: Experiment) -> list[str]:
    """The names of an experiment's nodes on a cluster."""
    return list(_constants(_spec(experiment, "", "", "", ())))


def compile_pipeline(
    experiment: Experiment,
    *,
    image: str,
    resources: Mapping[str, Resources],
    data: str,
    beam_args: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The two documents of a package for Kubeflow Pipelines: PipelineSpec and PlatformSpec.

    Args:
      experiment: what to run.
      image: of the containers.
      resources: what each node gets.
      data: default of the run's parameter `data`.
      beam_args: Beam options of the nodes that use Beam.
    """
    spec = _spec(experiment, data, "", image, beam_args)
    parameters = run_parameters(experiment, data)
    _add_parameters(spec, experiment, parameters)
    executors = spec["deploymentSpec"]["executors"]
    environment = {
        EXPERIMENT: to_json(experiment),
        CODE: fingerprint(experiment),
    }
    platform = {}
    for node, given in resources.items():
        container = executors[f"{node}_executor"]["container"]
        container.pop("lifecycle", None)  # of the managed service; the entrypoint does this work
        container["env"] = [
            {"name": name, "value": value} for name, value in {NODE: node, **environment}.items()
        ]
        container["resources"] = _container_resources(given)
        spec["root"]["dag"]["tasks"][node]["retryPolicy"] = {
            "maxRetryCount": given.retries.count,
            "backoffDuration": f"{given.retries.backoff}s",
            "backoffFactor": given.retries.factor,
            "backoffMaxDuration": f"{given.retries.longest}s",
        }
        platform[f"{node}_executor"] = _pod(given)
    # The report is the run's own: from the cache it would be another run's, in its folder.
    spec["root"]["dag"]["tasks"]["Report"]["cachingOptions"] = {"enableCache": False}
    # What the user interface shows as a page.
    page = spec["components"]["Report"]["outputDefinitions"]["artifacts"]["page"]
    page["artifactType"] = {"schemaTitle": "system.HTML", "schemaVersion": "0.0.1"}
    documents = [
        spec,
        {"platforms": {"kubernetes": {"deploymentSpec": {"executors": platform}}}},
    ]
    renamed: list[dict[str, Any]] = _renamed(documents, {n: kubernetes_name(n) for n in resources})
    # As strict as the backend reads it.
    json_format.ParseDict(renamed[0], pipeline_spec_pb2.PipelineSpec())
    deployment = pipeline_spec_pb2.PipelineDeploymentConfig()
    json_format.ParseDict(renamed[0]["deploymentSpec"], deployment)
    json_format.ParseDict(renamed[1], pipeline_spec_pb2.PlatformSpec())
    return renamed


def write_package(documents: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Writes a package as YAML, whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as out:
        yaml.safe_dump_all(documents, out, sort_keys=True)
    part.rename(file)


def kubernetes_name(node: str) -> str:
    """A node's name as Kubernetes and Argo take it: "Trainer.baseline" → "trainer-baseline"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", node).replace(".", "-").lower()


def _spec(
    experiment: Experiment, data: str, serving: str, image: str, beam_args: Sequence[str]
) -> dict[str, Any]:
    requests = (getattr(arm, "backbone_weights", "") for arm in experiment.arms.values())
    weights = {request: Weights(request, "") for request in requests if request}
    # Nothing lies anywhere yet: each container finds what it needs.
    places = Places(data, "unused", serving or "unused", training_state="", weights=weights)
    return pipeline_spec(experiment, places, "", image=image, beam_args=beam_args)


def _constants(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What each node is told, by the node's name."""
    tasks = spec["root"]["dag"]["tasks"]
    return {node: task.get("inputs", {}).get("parameters", {}) for node, task in tasks.items()}


def _add_parameters(
    spec: dict[str, Any], experiment: Experiment, parameters: Sequence[Parameter]
) -> None:
    """Gives each parameter to the nodes that would be told something else with another value."""
    as_is = _constants(_spec(experiment, "", "", "", ()))
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
        told = _constants(_spec(changed, others[DATA], others[SERVING], "", ()))
        for node in (node for node in as_is if told[node] != as_is[node]):
            component = spec["components"][node].setdefault("inputDefinitions", {})
            component.setdefault("parameters", {})[parameter.name] = {"parameterType": kind}
            task = spec["root"]["dag"]["tasks"][node].setdefault("inputs", {})
            task.setdefault("parameters", {})[parameter.name] = {
                "componentInputParameter": parameter.name
            }


def _container_resources(given: Resources) -> dict[str, Any]:
    memory = given.memory / _GIGABYTE
    found: dict[str, Any] = {
        "cpuRequest": given.cpu,
        "cpuLimit": given.cpu,
        "memoryRequest": memory,
        "memoryLimit": memory,
    }
    if given.gpu_count:
        found["accelerator"] = {"type": given.gpu_type, "count": str(given.gpu_count)}
    return found


def _pod(given: Resources) -> dict[str, Any]:
    """A `kubernetes.KubernetesExecutorConfig`."""
    found: dict[str, Any] = {"imagePullPolicy": "IfNotPresent"}
    if given.node_selector:
        found["nodeSelector"] = {"labels": dict(given.node_selector)}
    if given.tolerations:
        found["tolerations"] = [dict(one) for one in given.tolerations]
    if given.volumes:
        found["pvcMount"] = [
            {
                "mountPath": volume.path,
                "constant": volume.claim,  # for backends before 2.5
                "pvcNameParameter": {"runtimeValue": {"constant": volume.claim}},
            }
            for volume in given.volumes
        ]
    if given.shared_memory:
        found["emptyDirMounts"] = [
            {
                "volumeName": "shared-memory",
                "mountPath": "/dev/shm",
                "medium": "Memory",
                "sizeLimit": str(int(given.shared_memory)),
            }
        ]
    return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Renames nodes wherever they are named: as keys, references and executor labels."""
    labels = {f"{old}_executor": f"{new}-executor" for old, new in names.items()}
    all_names = {**names, **labels}
    references = ("name", "producerTask", "executorLabel")

    def walk(inner: Any) -> Any:
        if isinstance(inner, list):
            return [walk(one) for one in inner]
        if not isinstance(inner, dict):
            return inner
        found: dict[str, Any] = {}
        for key, one in inner.items():
            if key in references and isinstance(one, str):
                found[key] = all_names.get(one, one)
            elif key == "dependentTasks":
                found[key] = [names[task] for task in one]
            elif key == "env":
                found[key] = copy.deepcopy(one)
            else:
                found[str(all_names.get(key, key))] = walk(one)
        return found

    return walk(value)

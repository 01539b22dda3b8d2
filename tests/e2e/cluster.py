"""A cluster's part in a run, played on this machine: the driver and the launcher of the
open-source Kubeflow Pipelines 2.x backend, after backend/src/v2 of kubeflow/pipelines.

Strict parsing, parameters and artifacts handed on as the driver does it (artifact types are
lost, empty parts left out, the log as a further output), a container root of its own for every
task that is wiped afterwards, an object store that keeps files only, metadata as ML Metadata
gives it back. What differs from version to version is told in `pipeline.runners.kubeflow.contract`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from tests.e2e import warm

_STAGED = {"minio://": "minio", "s3://": "s3", "gs://": "gcs"}
_LOGS = "executor-logs"


class TaskFailed(Exception):
    """A task's container ended with another exit code than 0."""

    def __init__(self, task: str, exit_code: int, log: str):
        super().__init__(f"{task} ended with {exit_code}")
        self.task, self.exit_code, self.log = task, exit_code, log

    @property
    def last_line(self) -> str:
        return self.log.strip().splitlines()[-1]


@dataclass
class Cluster:
    """The backend.

    Attributes:
      folder: for the object store and the containers.
      project: what an image would hold at its working directory.
      version: of Kubeflow Pipelines, (2, 5) or newer.
      root: pipeline root.
      keep_types: whether artifacts keep their types on the way, which the real one loses.
      command: in place of the entrypoint of TFX's nodes.
      warm: whether containers start with Python's imports done, which saves seconds each.
      cold: tasks whose containers do not, all the same.
      outputs: task → what its execution left in ML Metadata.
      parameters: task → its output parameters.
      ran: the tasks of the last run that were not in the cache.
      run_root: where the last run's own outputs are.
    """

    folder: Path
    project: Path
    version: tuple[int, int] = (2, 17)
    root: str = "minio://mlpipeline/v2/artifacts"
    keep_types: bool = False
    command: Sequence[str] | None = None
    warm: bool = False
    cold: Sequence[str] = ()
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: dict[str, dict[str, str]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    run_root: str = ""
    _cache: dict[str, dict[str, Any]] = field(default_factory=dict)

    def run(self, package: Path, to: str = "", /, **parameters: str | int) -> None:
        """Runs a package's tasks in order.

        Args:
          package: a compiled pipeline.
          to: run only this task and what it needs; "" for all.
          parameters: of the run.

        Raises:
          TaskFailed: the first one that fails.
        """
        spec, platform = yaml.safe_load_all(package.read_text())
        json_format.ParseDict(spec, pipeline_spec_pb2.PipelineSpec())
        json_format.ParseDict(platform, pipeline_spec_pb2.PlatformSpec())
        deployment = pipeline_spec_pb2.PipelineDeploymentConfig()
        json_format.ParseDict(spec["deploymentSpec"], deployment)
        assert spec["schemaVersion"] == "2.1.0"
        defined = spec["root"]["inputDefinitions"]["parameters"]
        assert set(parameters) <= set(defined)
        defaults = {name: definition["defaultValue"] for name, definition in defined.items()}
        values = {**defaults, **parameters}
        run_root = self.run_root = f"{self.root}/{spec['pipelineInfo']['name']}/{uuid.uuid4()}"
        tasks = spec["root"]["dag"]["tasks"]
        order = TopologicalSorter({name: _needs(task) for name, task in tasks.items()})
        self.outputs, self.ran = {}, []
        needed = _with_needs(to, tasks) if to else tasks
        for name in (each for each in order.static_order() if each in needed):
            assert tasks[name]["taskInfo"]["name"] == name  # the driver looks outputs up by it
            component = spec["components"][tasks[name]["componentRef"]["name"]]
            executor = spec["deploymentSpec"]["executors"][component["executorLabel"]]
            invocation = self._executor_input(tasks[name], component, values, f"{run_root}/{name}")
            container = executor["container"]
            # cacheutils.GenerateCacheKey: image, command, parameters, names of artifacts
            inputs = invocation.get("inputs", {})
            key = json.dumps(
                [
                    *(container["image"], container["command"], container.get("args")),
                    inputs.get("parameterValues"),
                    {k: v["artifacts"][0]["name"] for k, v in inputs.get("artifacts", {}).items()},
                ]
            )
            cached = tasks[name].get("cachingOptions", {}).get("enableCache", False)
            if not cached or key not in self._cache:
                self._cache[key] = self._launch(name, container, invocation)
                self.ran.append(name)
            self.outputs[name] = self._cache[key]

    def stored(self, uri: str) -> Path:
        """Where the object store keeps an address."""
        return self.folder / "store" / uri.replace("://", "/")

    def artifact(self, task: str, name: str) -> dict[str, Any]:
        return self.outputs[task][name]

    def file(self, task: str, name: str, *path: str) -> Path:
        return self.stored(self.artifact(task, name)["uri"]).joinpath(*path)

    def _executor_input(
        self,
        task: Mapping[str, Any],
        component: Mapping[str, Any],
        values: Mapping[str, Any],
        task_root: str,
    ) -> dict[str, Any]:
        inputs = task.get("inputs", {})
        parameters = {
            name: source["runtimeValue"]["constant"]
            if "runtimeValue" in source
            else values[source["componentInputParameter"]]
            for name, source in inputs.get("parameters", {}).items()
            if "taskOutputParameter" not in source
        }
        for name, source in inputs.get("parameters", {}).items():
            if output := source.get("taskOutputParameter"):
                left = self.parameters[output["producerTask"]]
                parameters[name] = left[output["outputParameterKey"]]
        assert set(parameters) == set(component.get("inputDefinitions", {}).get("parameters", {}))
        artifacts = {}
        for name, source in inputs.get("artifacts", {}).items():
            output = source["taskOutputArtifact"]
            artifact = self.outputs[output["producerTask"]][output["outputArtifactKey"]]
            artifacts[name] = {"artifacts": [artifact]}
        unique = f"{task_root}/{uuid.uuid4()}"
        defined = component.get("outputDefinitions", {}).get("artifacts", {})
        types = {name: definition["artifactType"] for name, definition in defined.items()}
        types[_LOGS] = {"schemaTitle": "system.Artifact"}
        outputs = {}
        for name, its_type in types.items():
            output = {"uri": f"{unique}/{name}", "type": its_type}
            if self.version >= (2, 15):
                output["name"] = name
            outputs[name] = {"artifacts": [output]}
        folder = _inside(unique) if self.version >= (2, 15) else "tmp/kfp_outputs"
        filled = {"parameterValues": parameters, "artifacts": artifacts}
        files = {
            name: {"outputFile": f"/tmp/kfp/outputs/{name}"}
            for name in component.get("outputDefinitions", {}).get("parameters", {})
        }
        return {
            "inputs": {name: part for name, part in filled.items() if part},
            "outputs": {
                "artifacts": outputs,
                **({"parameters": files} if files else {}),
                "outputFile": f"/{folder}/output_metadata.json",
            },
        }

    def _launch(
        self, name: str, container: Mapping[str, Any], invocation: dict[str, Any]
    ) -> dict[str, Any]:
        pod = self.folder / "pods" / name
        shutil.rmtree(pod, ignore_errors=True)
        (pod / "tmp").mkdir(parents=True)
        output_file = pod / invocation["outputs"]["outputFile"].lstrip("/")
        invocation["outputs"]["outputFile"] = str(output_file)
        [logs] = invocation["outputs"]["artifacts"][_LOGS]["artifacts"]
        if self.version >= (2, 17):
            logs["uri"] += "-0"  # of the first attempt
        if not invocation["inputs"]:
            del invocation["inputs"]
        json_format.ParseDict(invocation, pipeline_spec_pb2.ExecutorInput())
        for artifact in _all(invocation.get("inputs", {})):
            stored, to = self.stored(artifact["uri"]), _staged(pod, artifact["uri"])
            # Before 2.17 all objects come whose addresses begin with this one's.
            others = "*" if self.version < (2, 17) else ""
            for each in stored.parent.glob(f"{stored.name}{others}"):
                _copy(each, to.with_name(each.name))
        for artifact in _all(invocation["outputs"]):
            _staged(pod, artifact["uri"]).parent.mkdir(parents=True, exist_ok=True)
        output_file.parent.mkdir(parents=True, exist_ok=True)
        log = _staged(pod, logs["uri"])
        log.touch()
        files = invocation["outputs"].get("parameters", {})
        for of_parameter in files.values():
            file = pod / of_parameter["outputFile"].lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            of_parameter["outputFile"] = str(file)
        own = self.command if container["command"][-1].endswith("entrypoint") else None
        command = [
            _filled(part, invocation)
            for part in (*(own or container["command"]), *container.get("args", []))
        ]
        environment = {
            **{k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL")},
            **{"HOME": str(pod), "TMPDIR": str(pod / "tmp"), "TF_CPP_MIN_LOG_LEVEL": "2"},
            **{"PIPELINE_CONTAINER_ROOT": str(pod), "PIPELINE_DATA": str(self.folder / "data")},
            **{variable["name"]: variable["value"] for variable in container.get("env", [])},
        }
        start = _warm if self.warm and name not in self.cold else _cold
        exit_code = start(command, environment, self.project, log)
        shutil.copy(log, self.folder / f"{name}.log")
        if exit_code:
            raise TaskFailed(name, exit_code, log.read_text())
        output = json.loads(output_file.read_text()) if output_file.exists() else {}
        json_format.ParseDict(output, pipeline_spec_pb2.ExecutorOutput())
        left = {}
        for key, listed in invocation["outputs"]["artifacts"].items():
            [artifact] = listed["artifacts"]
            [written] = output.get("artifacts", {}).get(key, {}).get("artifacts", [{}])
            assert key != _LOGS or not written, "the log is the launcher's"
            uri = written.get("uri", artifact["uri"])
            if _staged(pod, uri).exists():
                _copy(_staged(pod, uri), self.stored(uri))
            left[key] = {
                "name": str(uuid.uuid4().int % 10**6),
                "uri": uri,
                "type": artifact["type"] if self.keep_types else {"instanceSchema": ""},
                "metadata": {
                    **{k: _converted(v) for k, v in written.get("metadata", {}).items()},
                    "display_name": key,
                    "store_session_info": '{"Provider":"minio"}',
                },
            }
        self.parameters[name] = {k: Path(v["outputFile"]).read_text() for k, v in files.items()}
        shutil.rmtree(pod)
        return left


def _filled(part: str, invocation: Mapping[str, Any]) -> str:
    """A part of a command with its placeholders filled in."""
    part = part.replace("{{$}}", json.dumps(invocation))
    for name, value in invocation.get("inputs", {}).get("parameterValues", {}).items():
        part = part.replace(f"{{{{$.inputs.parameters['{name}']}}}}", str(value))
    for name, output in invocation["outputs"].get("parameters", {}).items():
        file = output["outputFile"]
        part = part.replace(f"{{{{$.outputs.parameters['{name}'].output_file}}}}", file)
    return part


def _cold(command: list[str], environment: dict[str, str], project: Path, log: Path) -> int:
    assert command[0] == "python"
    with log.open("w") as out:
        return subprocess.run(
            [sys.executable, *command[1:]],
            cwd=project,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode


def _warm(command: list[str], environment: dict[str, str], project: Path, log: Path) -> int:
    """The same as `_cold`, see `tests.e2e.warm`."""
    return warm.Process(command, cwd=project, environment=environment, out=log, err=log).wait()


def _with_needs(name: str, tasks: Mapping[str, Any]) -> set[str]:
    return {name}.union(*(_with_needs(each, tasks) for each in _needs(tasks[name])))


def _needs(task: Mapping[str, Any]) -> set[str]:
    artifacts = task.get("inputs", {}).get("artifacts", {}).values()
    return {
        *task.get("dependentTasks", []),
        *(artifact["taskOutputArtifact"]["producerTask"] for artifact in artifacts),
    }


def _all(section: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = section.get("artifacts", {}).values()
    return [artifact for group in listed for artifact in group["artifacts"]]


def _staged(pod: Path, uri: str) -> Path:
    return pod / _inside(uri)


def _inside(uri: str) -> str:
    """Where the launcher keeps an address, from the container's root."""
    for scheme, folder in _STAGED.items():
        if uri.startswith(scheme):
            return f"{folder}/{uri[len(scheme) :]}"
    raise AssertionError(f"the launcher knows no {uri}")


def _copy(source: Path, target: Path) -> None:
    """Files only: an object store knows no empty folders."""
    files = [source] if source.is_file() else [f for f in source.rglob("*") if f.is_file()]
    for file in files:
        to = target / file.relative_to(source) if file != source else target
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)


def _converted(value: Any) -> Any:
    """What metadata/converter.go makes of a value on its way through ML Metadata."""
    if value is None:
        raise AssertionError("the launcher takes no null in metadata")
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, list):
        return {"list": value}
    if isinstance(value, dict):
        return {"struct": value}
    return value

"""What is compiled for Kubeflow Pipelines: that kfp reads it, and who gets what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from kfp import components
from kfp.pipeline_spec import pipeline_spec_pb2

from components.errors import UserError
from components.settings import from_json, to_json
from pipeline.experiments import EXPERIMENTS, find_experiment
from pipeline.runners import Job
from pipeline.runners.kubeflow import compiler
from pipeline.runners.kubeflow import pods as pod_parts
from pipeline.runners.kubeflow.names import kubernetes_name
from pipeline.runners.kubeflow.parameters import run_parameters, with_parameters
from pipeline.runners.kubeflow.resources import Resources, Retries, read_resources
from pipeline.settings.experiment import Experiment
from tests.conftest import PROJECT, Cli

RESOURCES = PROJECT / "kubeflow" / "resources.yaml"


def compiled(name: str) -> list[dict[str, Any]]:
    experiment = find_experiment(name)
    resources = read_resources(RESOURCES, compiler.nodes_of(experiment))
    job = Job(experiment=experiment, data="official", beam_args=["--direct_num_workers=1"])
    return compiler.compile_pipeline(job, image="registry/image:1", resources=resources)


@pytest.fixture(scope="module", params=list(EXPERIMENTS))
def documents(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return compiled(request.param)


def executors(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return documents[0]["deploymentSpec"]["executors"]


def pods(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


def test_kfp_loads_every_experiments_package(
    documents: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "package.yaml"
    compiler.write_package(documents, file)
    loaded = components.load_component_from_file(str(file))
    assert set(loaded.pipeline_spec.root.dag.tasks) == set(documents[0]["root"]["dag"]["tasks"])
    assert json_format.MessageToDict(loaded.platform_spec) == documents[1]
    assert {"data", "train_limit", "test_limit", "seed", "baseline_epochs"} <= set(
        loaded.component_spec.inputs
    )


def test_nodes_have_names_that_kubernetes_takes(documents: list[dict[str, Any]]) -> None:
    for name, task in documents[0]["root"]["dag"]["tasks"].items():
        assert name.replace("-", "").isalnum()
        assert name == name.lower()
        assert task["taskInfo"]["name"] == name
    assert kubernetes_name("BackboneFeatures.candidate") == "backbone-features-candidate"


def test_only_what_trains_asks_for_a_gpu(documents: list[dict[str, Any]]) -> None:
    with_gpu = {
        name: executor["container"]["resources"]["accelerator"]
        for name, executor in executors(documents).items()
        if "accelerator" in executor["container"]["resources"]
    }
    trains = [n for n in executors(documents) if "trainer-" in n or "backbone-" in n]
    assert with_gpu == {name: {"type": "nvidia.com/gpu", "count": "1"} for name in trains}
    for name, pod in pods(documents).items():
        assert ("tolerations" in pod) == (name in trains)
        assert ("nodeSelector" in pod) == (name in trains)


def test_every_node_has_limits_and_retries(documents: list[dict[str, Any]]) -> None:
    for executor in executors(documents).values():
        resources = executor["container"]["resources"]
        assert resources["cpuLimit"] >= 1
        assert resources["memoryLimit"] == pytest.approx(resources["memoryRequest"])
        assert "lifecycle" not in executor["container"]
    for task in documents[0]["root"]["dag"]["tasks"].values():
        assert task["retryPolicy"]["maxRetryCount"] == 2
        assert task["retryPolicy"]["backoffDuration"] == "60s"
        # A deadline of all attempts together; a training may take longer than any that is near.
        assert task["retryPolicy"]["backoffMaxDuration"] == "31536000s"
        assert task["componentRef"]["name"].startswith("comp-")
    tasks = documents[0]["root"]["dag"]["tasks"]
    uncached = {name for name, t in tasks.items() if not t["cachingOptions"]["enableCache"]}
    assert uncached == {"look-at-data", "report"}
    example_gen = executors(documents)["exec-example-gen"]["container"]["resources"]
    assert (example_gen["cpuLimit"], example_gen["memoryLimit"]) == (2, 4 * 2**30 / 1e9)


def test_a_parameter_goes_to_the_nodes_it_matters_to() -> None:
    documents = compiled("mlp-batchnorm")
    tasks = documents[0]["root"]["dag"]["tasks"]

    def nodes_with(parameter: str) -> set[str]:
        return {
            name
            for name, task in tasks.items()
            if parameter in task.get("inputs", {}).get("parameters", {})
        }

    assert nodes_with("data") == {"look-at-data", "example-gen"}
    assert nodes_with("content") == {"example-gen"}
    assert tasks["example-gen"]["dependentTasks"] == ["look-at-data"]
    assert nodes_with("serving") == {"pusher"}
    assert nodes_with("train_limit") == {"example-gen", "report"}
    assert nodes_with("candidate_epochs") == {"trainer-candidate", "report"}
    assert nodes_with("seed") == {"trainer-baseline", "trainer-candidate", "report"}
    defaults = documents[0]["root"]["inputDefinitions"]["parameters"]
    assert (defaults["seed"]["defaultValue"], defaults["data"]["defaultValue"]) == (1, "official")


def test_the_report_is_made_of_what_is_small() -> None:
    task = compiled("resnet50-transfer")[0]["root"]["dag"]["tasks"]["report"]
    outputs = [source["taskOutputArtifact"] for source in task["inputs"]["artifacts"].values()]
    sources = {(output["producerTask"], output["outputArtifactKey"]) for output in outputs}
    assert {("trainer-candidate", "model_run"), ("significance", "significance")} <= sources
    assert not {key for _, key in sources} & {"model", "featured"}
    assert set(task["dependentTasks"]) == {node for node, _ in sources}


def test_what_an_image_needs_to_be_pulled_reaches_the_pods() -> None:
    resources = Resources(
        cpu=1, memory=2e9, image_pull_policy="Always", image_pull_secrets=("a", "b")
    )
    config = pod_parts.executor_config(resources)
    assert config["imagePullPolicy"] == "Always"
    assert config["imagePullSecret"] == [{"secretName": "a"}, {"secretName": "b"}]


def test_a_deadline_is_what_all_attempts_have_together() -> None:
    policy = pod_parts.retry_policy(Retries(count=1, deadline=600))
    assert policy["backoffMaxDuration"] == "600s"
    assert policy["backoffFactor"] == 2


def test_beam_options_are_said_once() -> None:
    executor = executors(compiled("mlp-batchnorm"))["exec-transform"]
    assert executor["container"]["args"].count("--direct_num_workers=1") == 1


def test_the_backbones_weights_reach_every_node_that_loads_them() -> None:
    tasks = compiled("resnet50-transfer")[0]["root"]["dag"]["tasks"]
    loads = {
        name
        for name, task in tasks.items()
        if "candidate_backbone_weights" in task.get("inputs", {}).get("parameters", {})
    }
    assert loads == {"backbone-features-candidate", "trainer-candidate", "report"}


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_an_experiment_survives_its_way_through_json(name: str) -> None:
    experiment = EXPERIMENTS[name]
    assert from_json(Experiment, to_json(experiment)) == experiment


def test_a_runs_parameters_change_its_experiment() -> None:
    experiment = find_experiment("mlp-batchnorm")
    parameters = run_parameters(experiment, "official")
    # Numbers come back from ML Metadata as floating point numbers.
    changed = with_parameters(experiment, parameters, {"seed": 7.0, "baseline_epochs": 2})
    assert (changed.seed, changed.baseline.epochs, changed.candidate.epochs) == (7, 2, 10)
    with pytest.raises(UserError, match="epochs=0: must be at least 1"):
        with_parameters(experiment, parameters, {"baseline_epochs": 0})


def test_compile_writes_a_package(cli_here: Cli, tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    done = cli_here("compile", "mlp-batchnorm", "--image", "r/i:1", f"--output={file}", "--seed=5")
    assert (done.returncode, done.stderr) == (0, "")
    loaded = components.load_component_from_file(str(file))
    assert loaded.component_spec.inputs["seed"].default == 5
    spec: pipeline_spec_pb2.PipelineSpec = loaded.pipeline_spec
    assert spec.pipeline_info.name == "mlp-batchnorm"


@pytest.mark.parametrize(
    ("name", "changes", "trained"),
    [
        ("mlp-batchnorm", ["--repeats=2"], {"trainer-baseline-2", "trainer-candidate-2"}),
        ("resnet50-transfer", ["--set=candidate.feature_cache=false"], set()),
    ],
)
def test_settings_may_change_which_nodes_there_are(
    cli_here: Cli, tmp_path: Path, name: str, changes: list[str], trained: set[str]
) -> None:
    file = tmp_path / "a.yaml"
    done = cli_here("compile", name, "--image", "r/i:1", f"--output={file}", *changes)
    assert (done.returncode, done.stderr) == (0, "")
    documents = list(yaml.safe_load_all(file.read_text()))
    with_gpu = {
        executor.removeprefix("exec-")
        for executor, spec in executors(documents).items()
        if "accelerator" in spec["container"]["resources"]
        and pods(documents)[executor]["tolerations"]
    }
    assert with_gpu == {"trainer-baseline", "trainer-candidate", *trained}
    assert with_gpu < set(documents[0]["root"]["dag"]["tasks"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--output=a.txt"], "must end in .yaml"),
        (["--output=none/a.yaml"], "cannot write none/a.yaml"),
        (["--output=a.yaml", "--resources=none.yaml"], "no file none.yaml"),
        (["--output=a.yaml", "--set", "candidate.epoch=3"], "did you mean candidate.epochs?"),
    ],
)
def test_a_mistake_in_compile_costs_one_line(
    cli_here: Cli, arguments: list[str], said: str
) -> None:
    done = cli_here("compile", "mlp-batchnorm", "--image", "r/i:1", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1

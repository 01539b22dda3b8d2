"""What `kubeflow/resources.yaml` may say, and that a mistake in it is one clear line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UserError
from pipeline.runners.kubeflow.resources import Retries, Volume, quantity, read_resources
from tests.conftest import PROJECT

NODES = ["ExampleGen", "Trainer.baseline", "Trainer.candidate"]
DEFAULT = "default: {cpu: 1, memory: 1Gi}\n"


def resources_of(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "resources.yaml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("16Gi", 16 * 2**30), ("64Mi", 2**26), ("1Pi", 2**50), ("1.5G", 1.5e9), ("2E", 2e18)),
        *(("500m", 0.5), ("250000u", 0.25), ("2", 2), (2, 2), ("1e9", 1e9), ("2.5E+3", 2500)),
        *(("+1", 1), (".5", 0.5), ("2.", 2)),
    ],
)
def test_quantities_are_those_of_kubernetes(text: object, number: float) -> None:
    assert quantity(text) == pytest.approx(number)


@given(st.text(max_size=8))
def test_any_other_text_is_refused_as_a_quantity(text: str) -> None:
    number, suffix = r"\+?([0-9]+\.?[0-9]*|\.[0-9]+)", r"[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2}"
    if re.fullmatch(rf"{number}({suffix})?", text):
        assert quantity(text) >= 0
    else:
        with pytest.raises(ValueError, match=re.escape(text) or "^$"):
            quantity(text)


def test_a_nodes_own_entry_goes_before_its_kinds_and_that_before_the_default(
    tmp_path: Path,
) -> None:
    resources = read_resources(
        resources_of(
            tmp_path,
            "default: {cpu: 1, memory: 1Gi}\n"
            "Trainer: {cpu: 4, gpu: {type: nvidia.com/gpu, count: 1}}\n"
            "Trainer.candidate: {cpu: 8}\n",
        ),
        NODES,
    )
    assert [resources[node].cpu for node in NODES] == [1, 4, 8]
    assert [resources[node].gpu.count for node in NODES] == [0, 1, 1]
    assert {resources[node].memory for node in NODES} == {2**30}


def test_volumes_and_retries_are_read(tmp_path: Path) -> None:
    text = (
        "default:\n  cpu: 500m\n  memory: 2Gi\n  volumes: [{claim: data, path: /data}]\n"
        "  retries: {count: 3, backoff: 90s, factor: 3, deadline: 12h}\n"
    )
    resources = read_resources(resources_of(tmp_path, text), NODES)["ExampleGen"]
    assert resources.cpu == 0.5
    assert resources.volumes == (Volume(claim="data", path="/data"),)
    assert resources.retries == Retries(count=3, backoff=90, factor=3, deadline=43200)


def test_the_projects_own_file_gives_gpus_to_what_trains_only() -> None:
    nodes = [*NODES, "BackboneFeatures.candidate", "Evaluator", "Transform"]
    resources = read_resources(PROJECT / "kubeflow" / "resources.yaml", nodes)
    with_gpu = {node for node, of_node in resources.items() if of_node.gpu.count}
    assert with_gpu == {"Trainer.baseline", "Trainer.candidate", "BackboneFeatures.candidate"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Trainr: {cpu: 1}\n", "no node 'Trainr'; did you mean Trainer?"),
        ("Trainer: {memory: 16GB}\n", "Trainer: memory=16GB: must be a size like 4Gi"),
        ("Trainer: {cpu: many}\n", "Trainer: cpu=many: must be a number of processors"),
        ("Trainer: {cpu: 4Gi}\n", "Trainer: cpu=4Gi: must be a number of processors"),
        ("Trainer: {shared_memory: 2}\n", "shared_memory=2: must be a size like 2Gi"),
        ("Trainer: {memory: 16}\n", "Trainer: memory=16: must be a size like 4Gi"),
        ("Trainer: {cpus: 1}\n", "Trainer: no setting 'cpus'; did you mean cpu?"),
        ("Trainer: {gpu: 1}\n", "gpu=1: must be like {type: nvidia.com/gpu, count: 1}"),
        ("Trainer: {gpu: {type: x, count: true}}\n", ": must be like {type: nvidia.com/gpu"),
        ("Trainer: {gpu: {type: x, count: -1}}\n", ": must be like {type: nvidia.com/gpu"),
        (
            "Trainer: {volumes: [{claim: a, path: b}]}\n",
            "must be a list of {claim, path}, the path starting with /",
        ),
        ("Trainer: {tolerations: [{key: a, operator: Exist}]}\n", "operator Equal or Exists"),
        ("Trainer: {tolerations: [{key: a, effect: NoRun}]}\n", "must be a list of {key, operator"),
        ("Trainer: {retries: {backoff: soon}}\n", "must be like {count: 2, backoff: 60s"),
        ("Trainer: {retries: {factor: 1.5}}\n", "all of them whole numbers"),
        ("Trainer: {retries: {factor: 0}}\n", "all of them whole numbers"),
        ("Trainer: {retries: {longest: 30m}}\n", "must be like {count: 2, backoff: 60s"),
        ("Trainer: {image_pull_policy: Sometimes}\n", "must be one of Always, IfNotPresent, Never"),
        ("Trainer: {image_pull_secrets: mine}\n", "must be a list of names"),
        ("Trainer: {tolerations: [{taint: x}]}\n", "must be a list of {key, operator"),
        ("Trainer: 3\n", "must hold the name of a node"),
        ("1: {cpu: 1}\n", "must hold the name of a node"),
        ("Trainer: {\n", "is not YAML"),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError) as error:
        read_resources(resources_of(tmp_path, DEFAULT + text), NODES)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_labels_need_no_quotes(tmp_path: Path) -> None:
    text = (
        DEFAULT + "Trainer:\n  node_selector: {nvidia.com/gpu.present: true, zone: 3}\n"
        "  tolerations: [{key: gpu, operator: Equal, value: false, effect: NoSchedule}]\n"
    )
    resources = read_resources(resources_of(tmp_path, text), NODES)["Trainer.candidate"]
    assert resources.node_selector == {"nvidia.com/gpu.present": "true", "zone": "3"}
    assert resources.tolerations[0].value == "false"


def test_what_is_no_text_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "archive.yaml").write_bytes(b"\xff\xfe")
    for file, said in ((tmp_path, "is a folder"), (tmp_path / "archive.yaml", "is not YAML")):
        with pytest.raises(UserError, match=said):
            read_resources(file, NODES)


def test_a_missing_file_and_a_missing_default_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name one with --resources"):
        read_resources(tmp_path / "none.yaml", NODES)
    with pytest.raises(UserError, match="ExampleGen has no memory"):
        read_resources(resources_of(tmp_path, "default: {cpu: 1}\n"), NODES)

"""Executor inputs as Kubeflow Pipelines writes them: of each version, what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.errors import UserError
from pipeline import stores
from pipeline.runners.kubeflow import contract

COMPONENT = {
    "inputDefinitions": {
        "artifacts": {"examples": {"artifactType": {"instanceSchema": "title: tfx.Examples"}}}
    },
    "outputDefinitions": {
        "artifacts": {
            "model": {"artifactType": {"instanceSchema": "title: tfx.Model"}},
            "model_run": {"artifactType": {"instanceSchema": "title: tfx.ModelRun"}},
        }
    },
}
RUN = "minio://mlpipeline/v2/artifacts/mlp/8d51"


def of_a_cluster(version: tuple[int, int], logs: bool = True) -> dict[str, Any]:
    """What driver and launcher of a version make of a Trainer's task.

    From `provisionOutputs` of backend/src/v2/driver, `qualifyExecutorLogsURI` of
    backend/src/v2/component and `ToRuntimeArtifact` of backend/src/v2/metadata.
    """
    task = f"{RUN}/trainer/c0de"
    types = {
        name: definition["artifactType"]
        for name, definition in COMPONENT["outputDefinitions"]["artifacts"].items()
    }
    if logs:
        types["executor-logs"] = {"schemaTitle": "system.Artifact"}
    outputs = {}
    for name, its_type in types.items():
        output: dict[str, Any] = {"uri": f"{task}/{name}", "type": its_type}
        if version >= (2, 15):
            output["name"] = name
        if version >= (2, 17) and name == "executor-logs":
            output["uri"] += "-0"
        outputs[name] = {"artifacts": [output]}
    examples = {
        "name": "41",
        "uri": f"{RUN}/example-gen/beef/examples",
        "type": {"instanceSchema": ""},
        "metadata": {"span": 0.0, "store_session_info": '{"Provider":"minio"}'},
    }
    folder = task.replace("minio://", "/minio/") if version >= (2, 15) else "/tmp/kfp_outputs"
    return {
        "inputs": {
            "parameterValues": {"seed": 2.0},
            "artifacts": {"examples": {"artifacts": [examples]}},
        },
        "outputs": {"artifacts": outputs, "outputFile": f"{folder}/output_metadata.json"},
    }


@pytest.fixture(autouse=True)
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(stores.ROOT, str(tmp_path))
    return tmp_path


VERSIONS = [(2, 5), (2, 14), (2, 15), (2, 16), (2, 17)]


@pytest.mark.parametrize("logs", [True, False])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_gives_a_node_the_same(
    version: tuple[int, int], logs: bool, container: Path
) -> None:
    invocation = contract.read_invocation(json.dumps(of_a_cluster(version, logs)))
    assert contract.run_of(invocation, "mlp") == "8d51"
    contract.leave_to_launcher(invocation, COMPONENT)
    addresses = contract.localize(invocation)
    contract.restore_types(invocation, COMPONENT)
    at = f"{container}/minio/mlpipeline/v2/artifacts/mlp/8d51"
    assert {
        name: (artifact["uri"], artifact["type"]["instanceSchema"])
        for section in ("inputs", "outputs")
        for name, artifact in contract.artifacts_of(invocation[section])
    } == {
        "examples": (f"{at}/example-gen/beef/examples", "title: tfx.Examples"),
        "model": (f"{at}/trainer/c0de/model", "title: tfx.Model"),
        "model_run": (f"{at}/trainer/c0de/model_run", "title: tfx.ModelRun"),
    }
    assert addresses[f"{at}/trainer/c0de/model"] == f"{RUN}/trainer/c0de/model"
    [(_, examples)] = contract.artifacts_of(invocation["inputs"])
    assert examples["metadata"] == {"span": 0.0}


@pytest.mark.parametrize(
    ("version", "logs"), [((2, 5), "executor-logs"), ((2, 17), "executor-logs-0")]
)
def test_the_launchers_log_stays_the_file_that_it_is(
    version: tuple[int, int], logs: str, container: Path
) -> None:
    folder = container / "minio/mlpipeline/v2/artifacts/mlp/8d51/trainer/c0de"
    folder.mkdir(parents=True)
    (folder / logs).write_text("a line of the log\n")
    invocation = contract.read_invocation(json.dumps(of_a_cluster(version)))
    contract.leave_to_launcher(invocation, COMPONENT)
    contract.localize(invocation)
    assert (folder / logs).read_text() == "a line of the log\n"
    assert {each.name for each in folder.iterdir()} == {logs, "model", "model_run"}


@pytest.mark.parametrize("left_out", ["inputs", "artifacts", "parameterValues"])
def test_parts_that_would_be_empty_may_be_missing(left_out: str) -> None:
    written = of_a_cluster((2, 17))
    del (written if left_out == "inputs" else written["inputs"])[left_out]
    invocation = contract.read_invocation(json.dumps(written))
    assert invocation["inputs"].keys() == {"artifacts", "parameterValues"}
    assert invocation["outputs"] == written["outputs"]


def test_kubeflows_local_runner_names_folders(tmp_path: Path) -> None:
    """As `construct_executor_input` of sdk/python/kfp/local does it."""
    task = tmp_path / "mlp-2026-03-04-05-06-07-123456/trainer"
    written = {
        "inputs": {"parameterValues": {"seed": 2}},
        "outputs": {
            "artifacts": {"model": {"artifacts": [{"name": "model", "uri": f"{task}/model"}]}},
            "outputFile": f"{task}/executor_output.json",
        },
    }
    invocation = contract.read_invocation(json.dumps(written))
    assert contract.run_of(invocation, "mlp") == "mlp-2026-03-04-05-06-07-123456"
    assert contract.localize(invocation) == {f"{task}/model": f"{task}/model"}
    assert (task / "model").is_dir()


def test_an_artifact_may_lie_elsewhere_in_the_container(tmp_path: Path) -> None:
    written = of_a_cluster((2, 17))
    [model] = written["outputs"]["artifacts"]["model"]["artifacts"]
    model["customPath"] = f"{tmp_path}/mine"
    invocation = contract.read_invocation(json.dumps(written))
    assert contract.localize(invocation)[f"{tmp_path}/mine"] == f"{RUN}/trainer/c0de/model"


@pytest.mark.parametrize("root", ["minio://mlpipeline/v2/artifacts", "s3://b/mlp", "gs://b/mlp/x"])
def test_the_run_is_found_in_an_address(root: str) -> None:
    def run(address: str, pipeline: str) -> str:
        output = {"artifacts": [{"uri": address}]}
        return contract.run_of({"outputs": {"artifacts": {"page": output}}}, pipeline)

    assert run(f"{root}/mlp/8d51/report/c0de/page", "mlp") == "8d51"
    assert run(f"{root}/report/8d51/report/c0de/report", "report") == "8d51"
    assert run(f"{root}/other/8d51/report/c0de/page", "mlp") == ""


def test_folders_become_addresses() -> None:
    output = {"a": ["/s3/b/model_run/1", {"b": "at /s3/b/model, /s3/b/model"}], "c": 3}
    addresses = {"/s3/b/model": "s3://b/model", "/s3/b/model_run": "s3://b/model_run"}
    assert contract.with_addresses(output, addresses) == {
        "a": ["s3://b/model_run/1", {"b": "at s3://b/model, s3://b/model"}],
        "c": 3,
    }


def test_the_launcher_is_given_addresses_and_no_null() -> None:
    folder, address = "/minio/b/pushed_model", "minio://b/pushed_model"
    metadata = {"pushed": 1, "pushed_destination": "/tmp/x", "pushed_version": None}
    pushed = {"uri": folder, "metadata": metadata}
    written = json.dumps({"artifacts": {"pushed_model": {"artifacts": [pushed]}}})
    for serving, destination in (("", address), ("/serving", "/tmp/x")):
        output = contract.finish_output(json.loads(written), {folder: address}, serving)
        [(_, left)] = contract.artifacts_of(output)
        assert left == {
            "uri": address,
            "metadata": {"pushed": 1, "pushed_destination": destination},
        }


def made(folder: Path) -> dict[str, Any]:
    """An artifact that a node has made in a folder, as the next node is given it."""
    (folder / "Split-train").mkdir(parents=True)
    (folder / "Split-train" / "data.gz").write_bytes(b"pictures")
    output = {"artifacts": {"examples": {"artifacts": [{"uri": str(folder)}]}}}
    contract.note_contents(output)
    return output


def spoil(how: str, folder: Path) -> None:
    file = folder / "Split-train" / "data.gz"
    match how:
        case "gone":
            file.unlink()
        case "changed":
            file.write_bytes(b"picturez")
        case "added":
            (folder / "Split-train" / "other.gz").write_bytes(b"")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("gone", "its input minio://b/examples is gone: start another run, with --no-cache"),
        ("changed", "its input minio://b/examples has another content than its node left: "),
        ("added", "its input minio://b/examples has another content than its node left: "),
    ],
)
def test_a_node_takes_only_what_was_left_for_it(how: str, said: str, tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    output = made(folder)
    addresses = {str(folder): "minio://b/examples"}
    contract.check_contents({"inputs": output}, addresses)
    spoil(how, folder)
    with pytest.raises(UserError, match=said):
        contract.check_contents({"inputs": output}, addresses)

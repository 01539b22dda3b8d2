"""Compiled packages in real containers, under Kubeflow's own local runner: `make test-kubeflow`.

Foreign code is the judge here: Kubeflow's runner, an engine for containers, the image as it is
built. The log that a cluster's launcher keeps as one more output is added to every node.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.experiments import find_experiment
from pipeline.runners import Job
from pipeline.runners.kubeflow import compiler
from pipeline.runners.kubeflow.resources import Resources
from pipeline.settings.overrides import override
from tests.e2e.workshop import LEARNS

IMAGE, PYTHON = os.environ.get("PIPELINE_IMAGE", ""), os.environ.get("KUBEFLOW_PYTHON", "")
pytestmark = pytest.mark.skipif(
    not (IMAGE and PYTHON), reason="needs containers and Kubeflow's packages: make test-kubeflow"
)

_RUNNER = Path(__file__).with_name("local_runner.py")
_LOGS = "executor-logs"
_LIMITS = ("dataset.train_limit=1500", "dataset.test_limit=500")
_PICTURES = ("dataset.shape=48,48,3", "dataset.data_subset=200", "robustness_pictures=50")
_EPOCHS = ("baseline.epochs=1", "candidate.epochs=1")
EXPERIMENTS = {
    "mlp-batchnorm": (*_LIMITS, *LEARNS, "gate.min_accuracy=0.1", "gate.min_improvement=-1"),
    "cnn-regularized": (*_PICTURES, *_EPOCHS),
    "cnn-augmentation": (*_PICTURES, *_EPOCHS),
    "resnet50-transfer": (
        *("dataset.train_limit=400", "dataset.test_limit=200", "robustness_pictures=50"),
        *("candidate.upsampling=1", "candidate.backbone_weights=none", *_EPOCHS),
    ),
}


def package(folder: Path, name: str, *, without: tuple[str, str] = ("", "")) -> Path:
    """A package, with the launcher's log as one more output of each node, a file from the start.

    Args:
      folder: where it is written.
      name: of the experiment.
      without: a task, and an input that is deleted as its container starts.
    """
    experiment = override(find_experiment(name), EXPERIMENTS[name])
    resources = dict.fromkeys(compiler.nodes_of(experiment), Resources(cpu=1, memory=4e9))
    job = Job(experiment=experiment, data="sample")
    spec, platform = compiler.compile_pipeline(job, image=IMAGE, resources=resources)
    for component in spec["components"].values():
        outputs = component.setdefault("outputDefinitions", {}).setdefault("artifacts", {})
        outputs[_LOGS] = {
            "artifactType": {"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"}
        }
    task, gone = without
    for label, executor in spec["deploymentSpec"]["executors"].items():
        container = executor["container"]
        logs = f"{{{{$.outputs.artifacts['{_LOGS}'].path}}}}"
        first = 'mkdir -p "$(dirname "$0")" && : > "$0" && exec "$@"'
        container["command"] = ["sh", "-c", first, logs, *container["command"]]
        if label == f"exec-{task}":
            path = f"{{{{$.inputs.artifacts['{gone}'].path}}}}"
            first = 'rm -r "$0" && exec "$@"'
            container["command"] = ["sh", "-c", first, path, *container["command"]]
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump_all([spec, platform]))
    return file


def kubeflow(verb: str, what: object, root: Path, rest: object) -> subprocess.CompletedProcess[str]:
    root.mkdir(exist_ok=True)
    root.chmod(0o777)  # containers have a user of their own
    return subprocess.run(
        [PYTHON, str(_RUNNER), verb, str(what), str(root), json.dumps(rest)],
        capture_output=True,
        text=True,
        check=False,
    )


def summary(root: Path) -> dict[str, Any]:
    [file] = root.rglob("summary.json")
    return json.loads(file.read_text())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_gives_the_figures_of_a_run_in_one_container(
    name: str, tmp_path: Path
) -> None:
    nodes, whole = tmp_path / "nodes", tmp_path / "whole"
    done = kubeflow("package", package(tmp_path, name), nodes, {})
    assert done.returncode == 0, done.stdout + done.stderr
    changes = [part for setting in EXPERIMENTS[name] for part in ("--set", setting)]
    words = ["python", "-m", "pipeline", "run", name, "--data=sample", f"--root={whole}", *changes]
    done = kubeflow("command", IMAGE, whole, words)
    assert done.returncode == 0, done.stdout + done.stderr
    of_nodes, of_whole = summary(nodes), summary(whole)
    assert of_nodes["headline"] == of_whole["headline"]
    for arm in ("baseline", "candidate"):
        assert of_nodes[arm]["weights_sha256"] == of_whole[arm]["weights_sha256"]
        for figure in ("test_accuracy", "test_loss", "train_accuracy"):
            # Beam adds up batches in an order of its own.
            assert of_nodes[arm][figure] == pytest.approx(of_whole[arm][figure], abs=1e-6)
    [page] = nodes.rglob("report/page")
    assert page.read_text().startswith("<!doctype html>")


def test_a_node_without_its_input_says_so_and_nothing_follows(tmp_path: Path) -> None:
    root = tmp_path / "root"
    file = package(tmp_path, "mlp-batchnorm", without=("statistics-gen", "examples"))
    done = kubeflow("package", file, root, {})
    said = done.stdout + done.stderr
    assert re.search("error: StatisticsGen: its input .*/example-gen/examples is gone: ", said)
    assert not list(root.rglob("summary.json"))


def test_of_a_node_that_is_killed_nothing_is_taken(tmp_path: Path) -> None:
    root = tmp_path / "root"
    done = kubeflow("killed", package(tmp_path, "mlp-batchnorm"), root, "Trainer.candidate")
    said = re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)
    # Of a killed container podman keeps no exit code, so the task's status says nothing there.
    assert done.returncode != 0, said
    assert "Executing task 'trainer-candidate'" in said
    assert "Executing task 'evaluator'" not in said
    assert not list(root.rglob("summary.json"))


def test_a_node_that_fails_says_why_and_nothing_follows(tmp_path: Path) -> None:
    root = tmp_path / "root"
    done = kubeflow("package", package(tmp_path, "mlp-batchnorm"), root, {"data": "/nowhere"})
    said = done.stdout + done.stderr
    assert "error: LookAtData: /nowhere is not a folder" in said
    assert not list(root.rglob("summary.json"))

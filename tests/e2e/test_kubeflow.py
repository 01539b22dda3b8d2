"""Compiled packages, run from end to end under the contract of Kubeflow Pipelines' backend."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from components.evaluator.predictions import Predictions
from components.evaluator.significance_node import PREDICTIONS_FILE
from pipeline.experiments import find_experiment
from pipeline.report.sections.tuning import RESULTS
from pipeline.runners import Job
from pipeline.runners.kubeflow import compiler
from pipeline.runners.kubeflow.resources import Resources
from pipeline.settings.overrides import override
from tests.conftest import PROJECT, write_idx_folder
from tests.e2e.cluster import Cluster, TaskFailed
from tests.e2e.workshop import LEARNS, Workshop

pytestmark = pytest.mark.slow

SMALL = {"train_limit": 1500, "test_limit": 500, "baseline_epochs": 8, "candidate_epochs": 8}
LEARNING = (*LEARNS, "gate.min_improvement=-1", "robustness_pictures=100")
EASY = (*LEARNING, "gate.min_accuracy=0.1")


def package(folder: Path, name: str, *changes: str) -> Path:
    experiment = override(find_experiment(name), changes)
    nodes = compiler.nodes_of(experiment)
    documents = compiler.compile_pipeline(
        Job(experiment=experiment, data="sample"),
        image="registry/image:1",
        resources=dict.fromkeys(nodes, Resources(cpu=1, memory=4e9)),
    )
    file = folder / f"{name}-{abs(hash(changes))}.yaml"
    compiler.write_package(documents, file)
    return file


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    cold = ("look-at-data", "transform", "report")
    return Cluster(tmp_path_factory.mktemp("cluster"), PROJECT, warm=True, cold=cold)


@pytest.fixture(scope="module")
def blessed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run left whose candidate only has to beat what a coin would."""
    folder = tmp_path_factory.mktemp("packages")
    cluster.run(package(folder, "mlp-batchnorm", *EASY), **SMALL)
    cluster.cold = ()  # each kind of command has shown that it starts
    return cluster.outputs


def summary(cluster: Cluster, outputs: dict[str, Any]) -> dict[str, Any]:
    folder = cluster.stored(outputs["report"]["report"]["uri"])
    return json.loads((folder / "summary.json").read_text())


def test_fashion_mnist_runs_to_a_pushed_model_and_a_report(
    cluster: Cluster, blessed: dict[str, Any]
) -> None:
    pushed = blessed["pusher"]["pushed_model"]
    assert pushed["metadata"]["pushed"] == 1
    assert pushed["metadata"]["pushed_destination"] == pushed["uri"]
    assert (cluster.stored(pushed["uri"]) / "saved_model.pb").is_file()
    page = cluster.stored(blessed["report"]["page"]["uri"])
    assert "MLP + Batch Normalization" in page.read_text()
    result = summary(cluster, blessed)
    assert result["blessed"]
    assert result["pushed_to"] == pushed["uri"]
    assert result["data"].startswith("GENERATED STAND-IN")
    assert result["run"] in pushed["uri"]
    report = cluster.stored(blessed["report"]["report"]["uri"])
    assert Predictions.load(report / PREDICTIONS_FILE).probabilities.shape == (2, 500, 10)


def test_kubeflows_page_shows_the_answer(cluster: Cluster, blessed: dict[str, Any]) -> None:
    left, result = blessed["report"], summary(cluster, blessed)
    figures = left["metrics"]["metadata"]
    assert figures["candidate_test_accuracy"] == result["candidate"]["test_accuracy"]
    assert figures["difference_from"] == result["significance"]["accuracy"]["low"]
    matrix = left["baseline_confusion"]["metadata"]["confusionMatrix"]["struct"]
    assert [row["row"] for row in matrix["rows"]] == result["baseline"]["evidence"]["confusion"]
    assert [spec["displayName"] for spec in matrix["annotationSpecs"]] == result["class_names"]
    verdict = cluster.stored(left["verdict"]["uri"]).read_text()
    assert verdict.startswith("# Does Batch Normalization improve")
    assert "test accuracy" in verdict


def test_its_accuracies_are_those_of_a_run_on_this_machine(
    cluster: Cluster, blessed: dict[str, Any], tmp_path: Path
) -> None:
    here = Workshop(tmp_path)
    settings = [*EASY, "dataset.train_limit=1500", "dataset.test_limit=500"]
    changes = [part for setting in settings for part in ("--set", setting)]
    done = here.run("run", "mlp-batchnorm", "--data=sample", *changes)
    assert done.returncode == 0, done.stderr
    there = summary(cluster, blessed)
    for arm in ("baseline", "candidate"):
        assert there[arm]["accelerator"] == here.summary()[arm]["accelerator"]
        assert there[arm]["weights_sha256"] == here.summary()[arm]["weights_sha256"]
        for figure in ("test_accuracy", "test_loss", "train_accuracy"):
            assert there[arm][figure] == pytest.approx(here.summary()[arm][figure], abs=1e-6)


def test_another_gate_reuses_the_trainings_and_pushes_nothing(
    cluster: Cluster, blessed: dict[str, Any], tmp_path: Path
) -> None:
    cluster.run(package(tmp_path, "mlp-batchnorm", *LEARNING, "gate.min_accuracy=0.999"), **SMALL)
    assert cluster.ran == ["look-at-data", "evaluator", "significance", "pusher", "report"]
    pushed = cluster.outputs["pusher"]["pushed_model"]
    assert pushed["metadata"]["pushed"] == 0
    assert not cluster.stored(pushed["uri"]).exists()
    result = summary(cluster, cluster.outputs)
    assert not result["blessed"]
    assert "below the required 0.999" in " ".join(result["details"])


def test_the_same_run_again_makes_a_report_of_its_own(
    cluster: Cluster, blessed: dict[str, Any], tmp_path: Path
) -> None:
    cluster.run(package(tmp_path, "mlp-batchnorm", *EASY), **SMALL)
    assert cluster.ran == ["look-at-data", "report"]
    assert cluster.outputs["report"]["report"]["uri"].startswith(f"{cluster.run_root}/")
    result = summary(cluster, cluster.outputs)
    assert result["run"] == cluster.run_root.rpartition("/")[2]
    assert result["baseline"] == summary(cluster, blessed)["baseline"]


def test_nothing_that_is_left_names_a_folder_of_a_container(
    cluster: Cluster, blessed: dict[str, Any]
) -> None:
    local = str(cluster.folder / "pods").encode()
    assert local not in json.dumps(blessed).encode()
    files = [file for file in (cluster.folder / "store").rglob("*") if file.is_file()]
    files = [file for file in files if not file.name.startswith("executor-logs")]
    assert len(files) > 20
    for file in files:
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
        assert local not in content, file


SMALL_PHOTOGRAPHS = (
    *("dataset.shape=48,48,3", "dataset.data_subset=200", "robustness_pictures=50"),
)


@pytest.mark.parametrize(
    ("version", "name", "changes", "values"),
    [
        ((2, 5), "cnn-regularized", SMALL_PHOTOGRAPHS, {}),
        ((2, 15), "cnn-augmentation", SMALL_PHOTOGRAPHS, {}),
        (
            (2, 17),
            "resnet50-transfer",
            ("candidate.upsampling=1", "robustness_pictures=50"),
            {"candidate_backbone_weights": "none", "train_limit": 200, "test_limit": 100},
        ),
    ],
)
def test_every_other_experiment_runs_too(
    tmp_path: Path,
    version: tuple[int, int],
    name: str,
    changes: tuple[str, ...],
    values: dict[str, Any],
) -> None:
    cluster = Cluster(tmp_path, PROJECT, version=version, warm=True)
    cluster.run(package(tmp_path, name, *changes), baseline_epochs=1, candidate_epochs=2, **values)
    result = summary(cluster, cluster.outputs)
    assert 0 < result["candidate"]["test_accuracy"] <= 1
    assert len(result["candidate"]["curves"]) == 2
    page = cluster.stored(cluster.outputs["report"]["page"]["uri"]).read_text()
    assert ("The backbone of" in page) == (name == "resnet50-transfer")
    assert ('<section id="augmentation"' in page) == (name == "cnn-augmentation")


@pytest.mark.usefixtures("blessed")  # whose data are in the cache
def test_both_arms_are_tuned_on_a_cluster_too(cluster: Cluster, tmp_path: Path) -> None:
    cluster.run(
        package(tmp_path, "mlp-batchnorm", "tuning.trials=2", "robustness_pictures=0"),
        **{**SMALL, "baseline_epochs": 2, "candidate_epochs": 2},
    )
    assert {"tuner-baseline", "tuner-candidate"} <= set(cluster.ran)
    result = summary(cluster, cluster.outputs)
    assert "Each model was tuned with 2 trials" in " ".join(result["details"])
    for role in ("baseline", "candidate"):
        found = cluster.stored(cluster.outputs[f"tuner-{role}"]["tuner_results"]["uri"])
        trials = json.loads((found / RESULTS).read_text())
        assert len(trials) == 2
        best = max(trials, key=lambda trial: trial["score"])
        curve = [epoch["eval_accuracy"] for epoch in result[role]["curves"]]
        assert max(curve) == pytest.approx(best["score"])


def test_a_task_that_fails_says_why_in_its_last_line(tmp_path: Path) -> None:
    warm = Cluster(tmp_path, PROJECT, warm=True)
    with pytest.raises(TaskFailed) as failed:
        warm.run(package(tmp_path, "mlp-batchnorm"), data="/nowhere")
    assert (failed.value.task, failed.value.exit_code) == ("look-at-data", 2)
    assert failed.value.last_line == (
        "error: LookAtData: /nowhere is not a folder: give the folder that holds the data files; "
        "trying again will not help"
    )


def test_data_that_have_changed_are_ingested_anew(tmp_path: Path) -> None:
    data = write_idx_folder(tmp_path / "fashion", train=1000, test=500)
    cluster = Cluster(tmp_path / "cluster", PROJECT, warm=True)
    file = package(tmp_path, "mlp-batchnorm")
    for _ in range(2):
        cluster.run(file, "example-gen", data=str(data))
    assert cluster.ran == ["look-at-data"]
    write_idx_folder(data, train=1000, test=500, seed=1)
    cluster.run(file, "example-gen", data=str(data))
    assert cluster.ran == ["look-at-data", "example-gen"]


def test_an_image_with_other_code_is_refused(tmp_path: Path) -> None:
    file = package(tmp_path, "mlp-batchnorm")
    code = compiler.fingerprint(find_experiment("mlp-batchnorm"))
    file.write_text(file.read_text().replace(code, "x" * 16))
    with pytest.raises(TaskFailed) as failed:
        Cluster(tmp_path, PROJECT, warm=True).run(file)
    assert "the image holds other code" in failed.value.last_line


def test_tfxs_own_command_does_not_run_there(tmp_path: Path) -> None:
    """Why `entrypoint` exists: even a node with no inputs at all fails, by the launcher's log."""
    stock = ["python", "-m", "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor"]
    with pytest.raises(TaskFailed) as failed:
        Cluster(tmp_path, PROJECT, warm=True, command=stock).run(package(tmp_path, "mlp-batchnorm"))
    assert failed.value.task in ("schema", "example-gen")
    assert "system.Artifact" in failed.value.last_line

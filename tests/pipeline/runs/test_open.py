"""Runs read back out of ML Metadata: two runs of a made-up pipeline, the second partly cached."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from components.errors import UserError
from components.evaluator.predictions import Predictions
from components.evaluator.significance_node import PREDICTIONS_FILE
from components.ingestion.reader import Picture
from components.manifest import write_manifest
from pipeline.experiments import EXPERIMENTS
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.runs.metadata import read_run
from pipeline.runs.metadata_file import check_metadata
from pipeline.runs.open import OpenRun, open_run
from pipeline.runs.result import EXPERIMENT as EXPERIMENT_FILE
from pipeline.runs.result import SUMMARY
from pipeline.settings.experiment import Experiment
from tests.artifacts import write_test_split
from tests.pipeline.report.run_result import a_summary, an_arm
from tests.pipeline.runs.recorded import Recorder

EXPERIMENT = EXPERIMENTS["mlp-batchnorm"]
FIRST, SECOND = "20260101-120000", "20260102-120000"


def finish(folder: RunFolder, experiment: Experiment) -> None:
    folder.write(EXPERIMENT_FILE, experiment)
    curves = [
        {"epoch": 1, "loss": 0.5, "accuracy": 0.8},
        {"epoch": 2, "loss": 0.4, "accuracy": 0.9},
    ]
    summary = a_summary(
        robustness=False,
        run=folder.id,
        headline="Perhaps.",
        details=["Conclusion: no difference shown."],
        data="made up",
        baseline=an_arm("MLP", 140, curves=curves),
        candidate=an_arm("MLP + BN", 180, curves=curves),
    )
    folder.write(SUMMARY, summary)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    recorder = Recorder(ExperimentFolder.of(root, EXPERIMENT.name))
    first = recorder.run(FIRST, cached=set())
    second = recorder.run(SECOND, cached={"ExampleGen", "Transform", "Trainer.baseline"})
    for folder in (first, second):
        finish(folder, dataclasses.replace(EXPERIMENT, repeats=2))
    # Twenty pictures, number n filled with n, two of each class.
    shape, class_names = EXPERIMENT.dataset.shape, EXPERIMENT.dataset.class_names
    pictures = (
        Picture(f"test/{n:08}", np.full(shape, n, np.uint8).tobytes(), n % 10, *shape[:2], n)
        for n in range(20)
    )
    examples = recorder.home.nodes / "ExampleGen" / "examples" / "1"
    write_test_split(examples, pictures, class_names)
    for artifact in recorder.home.nodes.glob("*/*/*"):
        write_manifest(artifact)
    return root


@pytest.fixture
def run(root: Path) -> OpenRun:
    return open_run(root)


def test_the_last_finished_run_is_opened(run: OpenRun) -> None:
    assert run.folder.id == SECOND
    assert run.experiment == dataclasses.replace(EXPERIMENT, repeats=2)
    assert str(run) == (
        f"mlp-batchnorm, run {SECOND}\ndata: made up\n\nPerhaps.\nConclusion: no difference shown."
    )


def test_a_run_is_opened_by_its_id_or_its_experiment(root: Path) -> None:
    assert open_run(root, FIRST).folder.id == FIRST
    assert open_run(str(root), "mlp-batchnorm").folder.id == SECOND


def test_artifacts_tell_which_run_made_them(run: OpenRun) -> None:
    artifacts = run.artifacts().reset_index().set_index(["node", "key"])
    assert artifacts["type"]["Trainer.candidate", "model"] == "Model"
    assert artifacts["cached"].to_dict() == {
        ("ExampleGen", "examples"): True,
        ("Transform", "transform_graph"): True,
        ("Trainer.baseline", "model"): True,
        ("Trainer.candidate", "model"): False,
        ("Significance", "significance"): False,
    }
    assert artifacts["made_in"]["Transform", "transform_graph"] == FIRST
    assert artifacts["made_in"]["Trainer.candidate", "model"] == SECOND
    folder = artifacts["folder"]["Trainer.baseline", "model"]
    assert run.folder.experiment.path / folder == run.output("Trainer.baseline", "model")


def test_the_run_that_made_an_artifact_is_told_though_its_folder_is_gone(tmp_path: Path) -> None:
    recorder = Recorder(ExperimentFolder.of(tmp_path, "mlp-batchnorm"))
    first = recorder.run(FIRST, cached=set())
    finish(recorder.run(SECOND, cached={"ExampleGen"}), EXPERIMENT)
    first.events.unlink()
    made_in = open_run(tmp_path).artifacts().set_index("node")["made_in"]
    assert made_in["ExampleGen"] == f"{FIRST}.123456"
    assert made_in["Transform"] == SECOND


def test_ancestors_lead_back_to_the_data(run: OpenRun) -> None:
    ancestors = run.ancestors("Significance", "significance")
    assert list(zip(ancestors["node"], ancestors["steps"], strict=True)) == [
        ("Significance", 0),
        ("Trainer.baseline", 1),
        ("Trainer.candidate", 1),
        ("ExampleGen", 2),
        ("Transform", 2),
    ]
    used_by = ancestors.set_index("node")["used_by"]
    assert used_by["Significance"] == ""
    assert used_by["ExampleGen"] == "Trainer.baseline, Trainer.candidate, Transform"
    # Both models come from the same pictures and the same preprocessing, and not from each other.
    baseline, candidate = (
        run.ancestors(f"Trainer.{r}", "model") for r in ("baseline", "candidate")
    )
    assert list(baseline.index[1:]) == list(candidate.index[1:])
    assert list(baseline["node"]) == ["Trainer.baseline", "ExampleGen", "Transform"]


def test_curves_are_one_row_an_epoch(run: OpenRun) -> None:
    curves = run.curves()
    assert list(curves.columns) == ["model", "epoch", "loss", "accuracy"]
    assert curves.to_numpy().tolist() == [
        ["baseline", 1, 0.5, 0.8],
        ["baseline", 2, 0.4, 0.9],
        ["candidate", 1, 0.5, 0.8],
        ["candidate", 2, 0.4, 0.9],
    ]


def test_probabilities_are_those_of_the_first_seed(run: OpenRun) -> None:
    # Two models of each arm: the baseline's seeds come first.
    probabilities = np.arange(4, dtype=np.float32)[:, None, None] * np.ones((4, 20, 10), np.float32)
    ids = np.array([f"test/{number:08}" for number in range(20)])
    written = Predictions(ids, np.arange(20) % 10, probabilities)
    written.save(run.output("Significance", "significance") / PREDICTIONS_FILE)
    assert run.probabilities("baseline")[0, 0] == 0
    assert run.probabilities("candidate")[0, 0] == 2
    assert list(run.predictions().example_ids) == list(ids)


def test_pictures_are_found_by_their_ids(run: OpenRun) -> None:
    pictures = run.pictures(["test/00000007", "test/00000003"])
    assert [(name, int(picture.max())) for name, picture in pictures.items()] == [
        ("test/00000007", 7),
        ("test/00000003", 3),
    ]
    assert pictures["test/00000007"].shape == (28, 28, 1)
    assert pictures["test/00000007"].dtype == np.uint8
    with pytest.raises(UserError, match="split test of run .* has no picture 'test/99'"):
        run.pictures(["test/00000007", "test/99"])


def test_some_pictures_of_each_class(run: OpenRun) -> None:
    pictures = run.some_pictures("test", of_each_class=2)
    assert [picture.class_name for picture in pictures[:4]] == ["T-shirt/top"] * 2 + ["Trouser"] * 2
    assert [int(picture.pixels.max()) for picture in pictures[:4]] == [0, 10, 1, 11]
    assert len(run.some_pictures("test", of_each_class=5)) == 20  # all there are


def test_mistakes_are_told_in_a_line(root: Path, run: OpenRun, tmp_path: Path) -> None:
    for wrong, message in (
        (lambda: open_run(tmp_path), f"no finished run in {tmp_path}"),
        (lambda: open_run(root, "cnn-regularized"), "no finished run 'cnn-regularized'"),
        (lambda: run.output("Trainer", "model"), "has no node 'Trainer': ExampleGen, Transform"),
        (lambda: run.ancestors("Transform", "graph"), "Transform left no 'graph': transform_graph"),
        (lambda: read_run(tmp_path / "none.sqlite", "x"), "there is no .*none.sqlite"),
        (lambda: read_run(run.folder.experiment.metadata, "x"), "knows no run x"),
    ):
        with pytest.raises(UserError, match=message) as error:
            wrong()
        assert "\n" not in str(error.value)


def test_a_file_of_ml_metadata_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    recorder = Recorder(ExperimentFolder.of(tmp_path, "mlp-batchnorm"))
    finish(recorder.run(FIRST, cached=set()), EXPERIMENT)
    metadata = recorder.home.metadata
    with contextlib.closing(sqlite3.connect(metadata)) as other:
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        with pytest.raises(UserError, match=r"cannot be used \(database is locked\): another pro"):
            open_run(tmp_path)
        assert time.monotonic() - started < 5
    metadata.write_bytes(metadata.read_bytes()[:5000])
    for content in (metadata.read_bytes(), b"garbage" * 1000):
        metadata.write_bytes(content)
        for write in (False, True):
            with pytest.raises(UserError, match=r"sqlite is damaged \(.+\): move .* away and run"):
                check_metadata(metadata, write=write)


def test_an_unfinished_run_is_told_to_go_on(tmp_path: Path) -> None:
    recorder = Recorder(ExperimentFolder.of(tmp_path, "mlp-batchnorm"))
    recorder.run(FIRST, cached=set())
    with pytest.raises(UserError, match=f"run {FIRST} did not finish .* run the experiment again"):
        open_run(tmp_path, FIRST)


def test_a_run_whose_artifacts_are_gone_is_told(tmp_path: Path) -> None:
    recorder = Recorder(ExperimentFolder.of(tmp_path, "mlp-batchnorm"))
    finish(recorder.run(FIRST, cached=set()), EXPERIMENT)
    run = open_run(tmp_path)
    recorder.home.nodes.rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"significance.* is damaged \(it is gone\): run the exp"):
        run.predictions()


def read_by(run: OpenRun, reader: str, trust: bool = False) -> OpenRun:
    """The run as if its own file named another reader."""
    dataset = dataclasses.replace(EXPERIMENT.dataset, reader=reader)
    run.folder.write(EXPERIMENT_FILE, dataclasses.replace(run.experiment, dataset=dataset))
    return open_run(run.folder.experiment.path.parent, run.folder.id, trust=trust)


@pytest.mark.parametrize("trust", [False, True])
def test_code_that_a_run_names_runs_only_if_it_is_trusted(
    tmp_path: Path, run: OpenRun, monkeypatch: pytest.MonkeyPatch, trust: bool
) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "theirs.py").write_text(
        f"open({str(ran)!r}, 'w')\nclass Reader:\n    encoded = False\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "theirs", raising=False)
    opened = read_by(run, "theirs.Reader", trust)
    for look in (lambda: opened.pictures(["test/00000001"]), lambda: opened.some_pictures("test")):
        if trust:
            assert look()
        else:
            with pytest.raises(UserError, match="by theirs.Reader, .* report --trust, or open_run"):
                look()
    assert ran.exists() == trust


def test_what_is_of_this_project_and_no_reader_is_named(run: OpenRun) -> None:
    with pytest.raises(UserError, match=r"pipeline.__main__.sys is not a reader"):
        read_by(run, "pipeline.__main__.sys").some_pictures("test")

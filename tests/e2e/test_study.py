"""Studies from end to end, on small pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.report.sections.tuning import RESULTS
from pipeline.runs.folders import ExperimentFolder, study_folder
from pipeline.runs.open import open_run
from pipeline.runs.study_result import FAILED, RESULT
from tests.conftest import Cli, write_idx_folder

pytestmark = pytest.mark.slow

SMALL = [
    *("--set", "baseline.epochs=2", "--set", "candidate.epochs=2"),
    *("--set", "robustness_pictures=0", "--jobs", "2"),
]


def test_a_study_goes_on_past_a_point_that_fails_and_does_not_repeat_itself(
    cli_here: Cli, tmp_path: Path
) -> None:
    data = write_idx_folder(tmp_path / "data", train=400, test=150)
    words = [
        *("study", "mlp-batchnorm", "--data", data, "--root", "runs", *SMALL),
        *("--vary", "candidate.optimizer.learning_rate=0.001,1e30,0.01"),
    ]
    planned = cli_here(*words, "--plan")
    assert planned.returncode == 0
    assert "3 points, 4 trainings, 2 fewer than the points on their own" in planned.stdout
    assert "is known after the first point" in planned.stdout
    assert not (tmp_path / "runs").exists()

    done = cli_here(*words)
    assert done.returncode == 1  # one point failed
    assert "failed: Trainer.candidate: " in done.stderr
    assert "[3/3] learning rate 0.01" in done.stdout
    folder = study_folder(Path("runs"), "mlp-batchnorm-by-learning-rate")
    result = RESULT.read(folder)
    assert [point.conclusion == FAILED for point in result.points] == [False, True, False]
    assert result.headline in done.stdout
    assert (folder / "study.html").exists()
    runs = ExperimentFolder.of(Path("runs"), "mlp-batchnorm").runs()
    trained = [
        event["node"]
        for run in runs
        for event in run.node_times()
        if event["node"].startswith("Trainer") and event["state"] == "done"
    ]
    assert sorted(trained) == ["Trainer.baseline", "Trainer.candidate", "Trainer.candidate"]

    again = cli_here(*words)
    assert again.stdout.count("nothing has changed since run") == 2
    assert RESULT.read(folder).points == result.points
    assert "about" in cli_here(*words, "--plan").stdout


def test_both_arms_are_tuned_before_they_are_trained(cli_here: Cli, tmp_path: Path) -> None:
    data = write_idx_folder(tmp_path / "data", train=400, test=150)
    words = ["run", "mlp-batchnorm", "--data", data, "--root", "runs", *SMALL, "--tune", "3"]
    switched = [
        *("--set", "candidate.model=components.trainer.models.switches.mlp"),
        *("--set", "candidate.arguments.dropout=0.1", "--set", "candidate.choices.dropout=0.2,0.4"),
    ]
    done = cli_here(*words, *switched)
    assert done.returncode == 0, done.stderr
    assert "Each model was tuned with 3 trials" in done.stdout
    assert "without tuning: " in done.stdout.splitlines()[-1]
    untuned, tuned = ExperimentFolder.of(Path("runs"), "mlp-batchnorm").runs()
    nodes = {event["node"] for event in tuned.node_times()}
    assert {"Tuner.baseline", "Tuner.candidate"} <= nodes
    assert "How the settings were found" in tuned.report.read_text()
    assert "How the settings were found" not in untuned.report.read_text()
    ran = open_run(Path("runs"), tuned.id)
    for role, arm in ran.experiment.arms.items():
        trials = json.loads((ran.output(f"Tuner.{role}", "tuner_results") / RESULTS).read_text())
        assert len(trials) == 3
        assert len(arm.choices) == (role == "candidate")
        best = max(trials, key=lambda trial: trial["score"])
        [summary] = (ran.output(f"Trainer.{role}", "model_run")).glob("training.json")
        trained = json.loads(summary.read_text())
        assert trained["learning_rate"] == best["learning_rate"]
        assert trained["eval_accuracy"] == best["score"]

"""Studies from end to end, on small pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.report.studies.result import FAILED, RESULT
from pipeline.runs.folders import ExperimentFolder, study_folder
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

"""How a run can end; nodes are left out here, whole runs are in tests/e2e."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components import progress
from components.errors import UserError
from pipeline.datasets import locate
from pipeline.experiments import find_experiment
from pipeline.report import of_run
from pipeline.runners import Job, NodeFailed
from pipeline.runners.local.runner import LocalRunner
from pipeline.runners.run_experiment import Ending, Nodes, Result, run_experiment
from pipeline.runs.folders import ExperimentFolder, RunFolder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return ExperimentFolder.of(tmp_path / "runs", "mlp-batchnorm").new_run()


def result_of(
    run: RunFolder, data: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException | None
) -> Result:
    """What becomes of a run whose nodes end with `error`; without one, the verdict is reached."""

    def run_nodes(_: LocalRunner, job: Job) -> None:
        assert job.data == str(data)
        if error:
            raise error
        monkeypatch.setenv(progress.EVENTS_FILE, str(run.events))
        progress.emit("node", node="Significance", state="done", seconds=1.0)

    monkeypatch.setattr(LocalRunner, "run", run_nodes)
    experiment = find_experiment("mlp-batchnorm")
    return run_experiment(
        experiment, run, locate.data(experiment.name, experiment.dataset, str(data)), {}, Nodes()
    )


def test_a_verdict_gets_its_report(
    run: RunFolder, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[tuple[RunFolder, bool]] = []
    monkeypatch.setattr(of_run, "write_report", lambda run, *, trust: reported.append((run, trust)))
    assert result_of(run, idx_folder, monkeypatch, None) == Result(Ending.FINISHED)
    assert reported == [(run, True)]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (KeyboardInterrupt(), Result(Ending.INTERRUPTED)),
        (NodeFailed("Pusher: no"), Result(Ending.FAILED, "Pusher: no")),
        (ValueError("no\nand more"), Result(Ending.FAILED, "ValueError: no")),
    ],
)
def test_what_ends_a_run_is_told_in_one_line(
    run: RunFolder,
    idx_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    result: Result,
) -> None:
    assert result_of(run, idx_folder, monkeypatch, error) == result


def test_a_mistake_of_the_users_stays_an_exception(
    run: RunFolder, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="no node 'X'"):
        result_of(run, idx_folder, monkeypatch, UserError("no node 'X'"))


def test_before_the_first_node_the_run_says_what_it_is(
    run: RunFolder, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result_of(run, idx_folder, monkeypatch, KeyboardInterrupt())
    assert json.loads((run.path / "experiment.json").read_text())["name"] == "mlp-batchnorm"
    assert json.loads((run.path / "data.json").read_text())["folder"] == str(idx_folder)
    assert json.loads((run.path / "code.json").read_text())["versions"]["python"]


def test_without_a_verdict_there_is_no_report(
    run: RunFolder, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalRunner, "run", lambda *_, **__: None)
    experiment = find_experiment("mlp-batchnorm")
    data = locate.data(experiment.name, experiment.dataset, str(idx_folder))
    nodes = Nodes(last="Transform")
    assert run_experiment(experiment, run, data, {}, nodes) == Result(Ending.AT_LAST_NODE)
    assert not run.report.exists()

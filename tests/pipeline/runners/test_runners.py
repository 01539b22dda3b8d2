"""Runners are found by their folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import UserError
from pipeline import runners
from pipeline.experiments import find_experiment
from pipeline.runners import Job, find_runner, runner_names
from pipeline.runs.folders import ExperimentFolder

NEW_RUNNER = """
class Echo:
    def __init__(self, folder):
        self.folder = folder

    def run(self, job):
        (self.folder.path / "echo.txt").write_text(job.experiment.name)


def make_runner(folder, *, weights=None, from_node="", to_node=""):
    return Echo(folder)
"""


def test_a_folder_is_all_that_a_new_runner_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "more" / "echo").mkdir(parents=True)
    (tmp_path / "more" / "echo" / "__init__.py").write_text(NEW_RUNNER)
    monkeypatch.setattr(runners, "__path__", [*runners.__path__, str(tmp_path / "more")])
    assert runner_names() == ["kubeflow", "local", "echo"]
    folder = ExperimentFolder.of(tmp_path, "mlp-batchnorm").new_run()
    job = Job(experiment=find_experiment("mlp-batchnorm"), data="/data")
    find_runner("echo")(folder).run(job)
    assert (folder.path / "echo.txt").read_text() == "mlp-batchnorm"


def test_an_unknown_runner_is_one_line() -> None:
    with pytest.raises(UserError, match="unknown runner 'locl': did you mean local"):
        find_runner("locl")
    with pytest.raises(UserError, match="unknown runner 'x': there is kubeflow, local"):
        find_runner("x")


def test_a_cluster_is_not_for_run(tmp_path: Path) -> None:
    folder = ExperimentFolder.of(tmp_path, "mlp-batchnorm").new_run()
    with pytest.raises(UserError, match="use `submit`"):
        find_runner("kubeflow")(folder)

from __future__ import annotations

from pathlib import Path

import pytest

from components.code import load
from components.errors import UserError
from pipeline.experiments import EXPERIMENTS, find_experiment
from pipeline.settings.experiment import Experiment


def test_built_in_experiments_are_found_by_name() -> None:
    assert find_experiment("mlp-batchnorm").candidate.title == "MLP + Batch Normalization"


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=list(EXPERIMENTS))
def test_a_built_in_experiment_names_code_that_is_there(experiment: Experiment) -> None:
    for path in (experiment.dataset.reader, *(arm.model for arm in experiment.arms.values())):
        assert callable(load(path))


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(UserError, match="did you mean mlp-batchnorm"):
        find_experiment("mlp-batchnrom")
    with pytest.raises(
        UserError, match="there is cnn-augmentation, cnn-regularized, mlp-batchnorm"
    ):
        find_experiment("zzz")


def test_ones_own_experiment_is_found_by_module_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_experiments.py").write_text(
        "from dataclasses import replace\n"
        "from pipeline.experiments import EXPERIMENTS\n"
        "MINE = replace(EXPERIMENTS['mlp-batchnorm'], name='mine')\n"
        "OTHER = 3\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert find_experiment("own_experiments:MINE").name == "mine"
    with pytest.raises(UserError, match="no Experiment named 'OTHER'"):
        find_experiment("own_experiments:OTHER")
    (tmp_path / "broken_experiments.py").write_text("x = = 3\n")
    with pytest.raises(UserError, match="broken_experiments cannot be imported: SyntaxError"):
        find_experiment("broken_experiments:MINE")
    with pytest.raises(UserError, match="no module 'nowhere'"):
        find_experiment("nowhere:MINE")


def test_a_setting_that_cannot_be_is_named_with_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong_gate.py").write_text(
        "from pipeline.experiments import Gate\nGATE = Gate(min_accuracy=85)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match="^wrong_gate: min_accuracy=85: must be at most 1$"):
        find_experiment("wrong_gate:GATE")

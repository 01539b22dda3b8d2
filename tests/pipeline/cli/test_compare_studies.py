"""Finished studies side by side, on the terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from components.evaluator.significance import BETTER, NOT_JUDGED
from pipeline.runs.folders import study_folder
from pipeline.runs.study_result import FAILED, RESULT
from tests.conftest import Cli
from tests.pipeline.report.studies.made_study import axis, point, study_result


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three studies: two vary one setting, at other places, the third another one."""
    points = [point(["500"], NOT_JUDGED), point(["1000"], BETTER), point(["5000"], FAILED)]
    one = study_result(points)
    values = ["5000", "10000"]
    other = study_result([point([value], BETTER) for value in values], [axis(values)])
    third = study_result(points, [replace(axis(), settings=["candidate.epochs"])])
    for name, study in {"one": one, "other": other, "third": third}.items():
        folder = study_folder(tmp_path, name)
        folder.mkdir(parents=True)
        RESULT.write(folder, replace(study, name=name, headline=f"{name} pays."))
    return tmp_path


def test_points_with_the_same_values_stand_in_one_row(cli_here: Cli, root: Path) -> None:
    done = cli_here("compare", "one", "other", f"--root={root}")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["one (mlp-batchnorm): one pays.", "other (mlp-batchnorm): other pays."]
    assert [" ".join(line.split()) for line in lines[-4:]] == [
        "500 +0.20 (-0.80 … +1.20) not judged",
        "1000 +3.00 (+2.00 … +4.00) better",
        "5000 failed +3.00 (+2.00 … +4.00) better",
        "10000 +3.00 (+2.00 … +4.00) better",
    ]


def test_studies_of_other_settings_have_no_rows(cli_here: Cli, root: Path) -> None:
    done = cli_here("compare", "one", "third", f"--root={root}")
    assert "They vary different settings" in done.stdout
    done = cli_here("compare", "one", "third", f"--root={root}", "--json")
    assert json.loads(done.stdout)["rows"] == []


def test_a_study_is_not_compared_with_a_run(cli_here: Cli, root: Path) -> None:
    done = cli_here("compare", "one", "cnn-regularized", f"--root={root}")
    assert done.returncode == 2
    assert "cnn-regularized is no finished study, and one is one" in done.stderr

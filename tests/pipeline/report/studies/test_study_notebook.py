"""A study in a notebook."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from IPython.display import Markdown
from matplotlib.figure import Figure

from components.evaluator.significance import BETTER
from pipeline.report.studies import notebook
from pipeline.runs.study_result import FAILED
from tests.pipeline.report.studies.made_study import point, study_result


def test_the_answer_comes_first_then_plots_then_points(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [point(["500"], BETTER), point(["1000"], BETTER), point(["5000"], FAILED)]
    study = study_result(made, headline="It pays.", details=["All of *it*."])
    shown: list[Any] = []
    monkeypatch.setattr(notebook, "display", shown.append)
    notebook.show(study)
    assert [type(each) for each in shown] == [Markdown, Figure, Figure, pd.DataFrame]
    assert shown[0].data == r"**It pays\.**" + "\n\n" + r"- All of \*it\*\."


def test_points_are_a_table() -> None:
    frame = notebook.points(study_result([point(["500"], BETTER), point(["1000"], FAILED)]))
    assert frame["training pictures"].tolist() == ["500", "1000"]
    assert frame["difference"][0] == pytest.approx(0.03)
    assert frame["difference"].isna().tolist() == [False, True]
    assert frame["reason"][1] == "Trainer.candidate: diverged"

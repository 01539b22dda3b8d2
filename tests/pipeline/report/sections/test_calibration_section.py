from __future__ import annotations

import numpy as np

from pipeline.report.sections.calibration import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, check_plots, of_summary, with_titles


def test_the_errors_are_named() -> None:
    page = of_summary("calibration", a_summary())
    assert page.headings == ["Calibration"]
    # Right in 140 (180) of 200 cases, with a confidence of 0.9, and of 0.8 where wrong.
    assert page.text.endswith("MLP 0.310, MLP + BN 0.170.")


def test_the_diagram_has_a_line_a_model() -> None:
    plots = SECTION.plots(a_summary())
    check_plots(plots, ["calibration", "confidence"])
    labels = [line.get_label() for line in plots[0].figure.axes[0].lines]
    assert labels == ["confidence = accuracy", "MLP, error 0.310", "MLP + BN, error 0.170"]


def test_the_numbers_of_pictures_are_drawn() -> None:
    _, of_confidence = SECTION.plots(a_summary())
    lines = of_confidence.figure.axes[0].lines
    assert [np.asarray(line.get_ydata()).tolist() for line in lines] == [[60, 140], [20, 180]]
    page = of_summary("calibration", a_summary())
    assert page.row("MLP")[-1] == "60"


def test_a_title_is_text() -> None:
    page = of_summary("calibration", with_titles(a_summary(), SCRIPT))
    assert "script" not in page.tags
    assert SCRIPT in page.text

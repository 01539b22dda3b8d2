from __future__ import annotations

import numpy as np

from pipeline.report.sections.learning_curves import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, check_plots, of_summary, with_titles


def test_accuracy_and_loss_are_drawn() -> None:
    plots = SECTION.plots(a_summary())
    check_plots(plots, ["curves-accuracy", "curves-loss"])
    [axes] = plots[0].figure.axes
    assert axes.get_title() == "accuracy"
    assert np.asarray(axes.lines[0].get_xdata()).tolist() == [1, 2, 3]
    assert np.asarray(axes.lines[0].get_ydata()).tolist() == [0.75, 0.75, 0.75]


def test_the_page_shows_them_and_names_the_epochs_that_were_kept() -> None:
    page = of_summary("learning_curves", a_summary())
    assert page.headings == ["Learning curves"]
    assert len(page.alternatives) == 2
    assert "weights of epoch 2 (baseline) and 2 (candidate)" in page.text


def test_a_title_is_text() -> None:
    page = of_summary("learning_curves", with_titles(a_summary(), SCRIPT))
    assert "script" not in page.tags


def test_a_notebook_gets_the_figures() -> None:
    assert len(SECTION.notebook(a_summary())) == 2

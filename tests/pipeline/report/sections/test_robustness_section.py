from __future__ import annotations

import numpy as np

from components.evaluator.corruptions import CORRUPTIONS
from pipeline.report.sections.robustness import SECTION, CorruptedPictures
from tests.pipeline.report.run_result import (
    SCRIPT,
    a_run,
    a_summary,
    check_plots,
    check_png,
    page_of,
)


def figures(title: str = "MLP") -> CorruptedPictures:
    robustness = a_summary().robustness
    assert robustness
    example = np.full((8, 8, 1), 99, np.uint8)
    return CorruptedPictures((title, "MLP + BN"), robustness, "test/1", example)


def test_a_row_a_corruption_and_severity() -> None:
    page = page_of(SECTION, figures(), a_summary())
    assert page.headings == [SECTION.title]
    assert page.row("none")[2:5] == ["0.7000", "0.9000", "+20.00"]
    rows = [row for row in page.rows if row[0] == CORRUPTIONS[-1].name]
    assert [row[1] for row in rows] == ["1", "2", "3"]
    assert page.text.endswith(f"{CORRUPTIONS[-1].unit}. After Hendrycks and Dietterich, 2019.")


def test_a_plot_a_corruption() -> None:
    plots = SECTION.plots(figures())
    check_plots(plots, [f"robustness-{corruption.name}" for corruption in CORRUPTIONS])
    [axes] = plots[0].figure.axes
    assert np.asarray(axes.lines[1].get_ydata()).tolist() == [0.9] * 4


def test_an_example_is_corrupted_in_every_way() -> None:
    images = SECTION.images(figures())
    assert list(images) == ["corruptions"]
    check_png(images["corruptions"])


def test_a_title_is_text() -> None:
    page = page_of(SECTION, figures(SCRIPT), a_summary())
    assert "script" not in page.tags
    assert SCRIPT in page.text


def test_the_section_is_left_out_where_nothing_was_corrupted() -> None:
    assert SECTION.compute(a_run(a_summary(robustness=False))) is None

from __future__ import annotations

import numpy as np

from pipeline.report.sections.by_class import SECTION, draw_confusion
from tests.pipeline.report.run_result import (
    SCRIPT,
    a_summary,
    cells_of,
    check_plots,
    of_summary,
    with_titles,
)


def test_a_row_a_class() -> None:
    page = of_summary("by_class", a_summary())
    assert page.headings == ["By class, on the test pictures"]
    assert page.row("cat") == ["+0.000", "100", *["0.900", "0.818"] * 2]
    assert page.row("dog") == ["+0.000", "100", *["0.800", "–"] * 2]


def test_a_class_without_test_pictures_is_left_out() -> None:
    page = of_summary("by_class", a_summary(class_counts={"cat": 100, "dog": 0}))
    assert not [row for row in page.rows[:3] if row[0] == "dog"]


def test_both_matrices_and_their_difference_are_drawn() -> None:
    plots = SECTION.plots(a_summary())
    check_plots(plots, ["confusion-baseline", "confusion-candidate", "confusion-difference"])
    [axes] = plots[0].figure.axes
    assert [text.get_text() for text in axes.texts] == ["90", "10", "20", "80"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("taken for", "is")
    assert [text.get_text() for text in plots[2].figure.axes[0].texts] == []


def test_the_numbers_are_pairs_of_classes_the_largest_share_first() -> None:
    baseline, _, difference = SECTION.plots(a_summary())
    assert cells_of(baseline.numbers) == [
        ["cat", "cat", "90"],
        ["dog", "dog", "80"],
        ["dog", "cat", "20"],
        ["cat", "dog", "10"],
    ]
    # Both matrices are the same.
    assert cells_of(difference.numbers) == [["no pair of classes", "–", "+0"]]


def test_many_classes_have_a_matrix_without_numbers_in_it() -> None:
    names = [f"class {label}" for label in range(30)]
    plots = draw_confusion(["A", "B"], [np.eye(30, dtype=int) * 7, np.ones((30, 30), int)], names)
    assert [len(plot.figure.axes[0].texts) for plot in plots] == [0, 0, 0]
    assert [len(plot.numbers.rows) for plot in plots] == [30, 200, 200]


def test_a_name_is_text() -> None:
    summary = a_summary(class_names=[SCRIPT, "dog"], class_counts={SCRIPT: 1, "dog": 1})
    page = of_summary("by_class", with_titles(summary, SCRIPT))
    assert "script" not in page.tags
    assert page.row(SCRIPT)[1] == "1"
    assert f"confusion matrix of {SCRIPT}, in per cent of each true class" in page.alternatives

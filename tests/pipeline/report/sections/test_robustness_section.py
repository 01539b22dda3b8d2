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
    points, interval, *accuracies, amount = page.row("as they are")
    assert (points, accuracies, amount) == ("+20.00", ["0.7000", "0.9000"], "")
    assert interval.startswith("+14.")
    name = CORRUPTIONS[-1].name
    rows = [row for row in page.rows if row[0].startswith(f"{name} ")]
    assert [row[0] for row in rows] == [f"{name} 1", f"{name} 2", f"{name} 3"]
    assert f"{CORRUPTIONS[-1].unit}. After Hendrycks and Dietterich, 2019." in page.text


def test_the_differences_are_drawn() -> None:
    plots = SECTION.plots(figures())
    check_plots(plots, ["robustness"])
    [axes] = plots[0].figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[:3] == ["as they are", "all corrupted", f"{CORRUPTIONS[0].name} 1"]
    assert len(labels) == 2 + 3 * len(CORRUPTIONS)


def test_the_example_is_shown_at_each_severity() -> None:
    page = page_of(SECTION, figures(), a_summary())
    pictures = [text for text in page.alternatives if text.startswith("A test picture, ")]
    assert len(pictures) == 3 * (1 + len(CORRUPTIONS))
    assert pictures[0] == "A test picture, as it is, severity 1"


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

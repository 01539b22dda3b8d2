from __future__ import annotations

import dataclasses

from components.evaluator.intervals import Interval
from pipeline.report.sections.changes import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, check_plots, of_summary


def test_what_changed_beyond_chance_is_a_row_with_its_interval() -> None:
    page = of_summary("changes", a_summary())
    assert page.headings == ["What changed"]
    row = page.row("accuracy on pictures of cat")
    assert row[:2] == ["+20.00", "better"]
    assert row[2].startswith("+1")
    assert row[3:] == ["70.00", "90.00"]
    assert "4 figures were looked at" in page.text


def test_the_accuracies_among_them_are_drawn() -> None:
    plots = SECTION.plots(a_summary())
    check_plots(plots, ["changes"])
    assert [row[0] for row in plots[0].numbers.rows] == ["cat", "dog"]


def test_that_nothing_changed_is_a_sentence() -> None:
    summary = a_summary()
    chance = Interval(0.01, -0.1, 0.12, 0.8)
    unclear = [dataclasses.replace(change, difference=chance) for change in summary.changes]
    page = of_summary("changes", a_summary(changes=unclear))
    assert "nothing changed beyond chance" in page.text
    assert page.rows == []


def test_a_class_is_text() -> None:
    summary = a_summary()
    named = [dataclasses.replace(change, name=SCRIPT) for change in summary.changes]
    page = of_summary("changes", a_summary(changes=named))
    assert "script" not in page.tags
    assert SCRIPT in page.text

"""A study's page, table and plots: complete, and what users wrote is shown as they wrote it."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.evaluator.significance import BETTER, NOT_JUDGED, NOT_SHOWN, WORSE
from pipeline.report.studies.page import table, write
from pipeline.report.studies.plots import plots
from pipeline.runs.study_result import FAILED, RESULT, Crossing, Effect, StudyResult
from tests.pipeline.report.studies.made_study import axis, interval, point, study_result

NASTY = "<b>[x] $a_$b & \x1b[2J"


def a_curve() -> StudyResult:
    points = [
        point(["500"], FAILED),
        point(["1000"], NOT_JUDGED),
        point(["5000"], BETTER),
    ]
    crossing = Crossing(700.0, 412.0, 988.0, True)
    return study_result(points, [axis(name=NASTY)], crossings=[crossing], titles=[NASTY, NASTY])


def a_table() -> StudyResult:
    axes = [axis(("500", "1000")), axis(("0.1", "0.3"), "dropout")]
    states = (BETTER, NOT_SHOWN, WORSE, FAILED)
    values = [(a, b) for a in axes[0].values for b in axes[1].values]
    return study_result([point(v, s) for v, s in zip(values, states, strict=True)], axes)


def of_parts() -> StudyResult:
    axes = [axis(("false", "true"), "BN"), axis(("0", "0.5"), "Dropout")]
    points = [point(v, BETTER) for v in (("false", "0.5"), ("true", "0"), ("true", "0.5"))]
    effects = [
        Effect(["BN"], interval(0.05), True),
        Effect(["Dropout"], interval(0.001), False),
        Effect(["BN", "Dropout"], interval(-0.02), True),
    ]
    return study_result(points, axes, design="factorial", effects=effects)


class Tags(HTMLParser):
    """The tags of a page, each closed in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("make", [a_curve, a_table, of_parts])
def test_every_kind_of_study_has_its_files(make: object, tmp_path: Path) -> None:
    assert callable(make)
    result = make()
    page = write(tmp_path, result, ["../run/report.html"] + [""] * (len(result.points) - 1))
    text = page.read_text()
    tags = Tags()
    tags.feed(text)
    assert not tags.open
    assert tags.seen.count("table") >= 1
    assert 'href="../run/report.html"' in text
    assert 'src="http' not in text
    assert "\x1b" not in text
    assert "<b>[x]" not in text
    assert tags.seen.count("main") == 1
    assert RESULT.read(tmp_path) == result
    assert bool(list((tmp_path / "plots").glob("*.png"))) == (make is not a_table)


def test_the_table_has_a_row_for_each_point_and_seed() -> None:
    rows = list(csv.DictReader(io.StringIO(table(a_table()))))
    assert [(row["training pictures"], row["dropout"], row["seed"]) for row in rows] == [
        *(("500", "0.1", "1"), ("500", "0.1", "2"), ("500", "0.3", "1"), ("500", "0.3", "2")),
        *(("1000", "0.1", "1"), ("1000", "0.1", "2"), ("1000", "0.3", "")),
    ]
    assert float(rows[0]["candidate"]) == pytest.approx(0.82)
    assert rows[-1]["conclusion"] == FAILED


def test_what_is_not_judged_is_drawn_hollow_and_in_no_line() -> None:
    accuracies, _ = plots(a_curve())
    drawn = accuracies.figure.axes[0].lines
    assert [np.ravel(line.get_xdata()).tolist() for line in drawn] == [[5000], [1000]] * 2
    assert [line.get_markerfacecolor() == "none" for line in drawn] == [False, True] * 2


def test_parts_stand_as_papers_print_them(tmp_path: Path) -> None:
    page = write(tmp_path, of_parts(), [""] * 3)
    [*_, parts] = pd.read_html(io.StringIO(page.read_text()))
    rows = parts[["BN", "Dropout", "accuracy", "points against none"]].fillna("")
    assert rows.to_numpy().tolist() == [
        ["–", "–", "0.8000 ± 0.0141", ""],
        ["–", "✓ 0.5", "0.8300 ± 0.0141", 3.0],
        ["✓", "–", "0.8300 ± 0.0141", 3.0],
        ["✓", "✓ 0.5", "0.8300 ± 0.0141", 3.0],
    ]

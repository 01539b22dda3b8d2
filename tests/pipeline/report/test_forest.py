"""Differences with their intervals, drawn."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Rectangle

from components.evaluator.intervals import Interval
from pipeline.report.forest import draw_forest
from pipeline.report.plots import COLOURS
from tests.pipeline.report.run_result import cells_of, check_plots

ROWS = [
    ("shown", Interval(0.02, 0.01, 0.03, 0.001)),
    ("not shown", Interval(-0.005, -0.02, 0.01, 0.5)),
]


def test_each_row_has_its_interval_and_a_marker_that_is_filled_where_zero_is_left_out() -> None:
    plot = draw_forest("x", "two differences", ROWS)
    check_plots([plot], ["x"])
    _, interval, middle, other, other_middle = plot.figure.axes[0].lines
    assert np.asarray(interval.get_xdata()).tolist() == [1, 3]
    assert np.asarray(other.get_xdata()).tolist() == [-2, 1]
    assert np.asarray(other_middle.get_ydata()).tolist() == [1]
    assert [line.get_markerfacecolor() for line in (middle, other_middle)] == [COLOURS[1], "white"]


def test_what_is_too_little_to_matter_is_a_band_where_there_is_such_a_bound() -> None:
    assert draw_forest("x", "differences", ROWS).figure.legends == []
    [band] = draw_forest("x", "differences", ROWS, equivalence=0.01).figure.axes[0].patches
    assert isinstance(band, Rectangle)
    assert (band.get_x(), band.get_width()) == (-1, 2)


def test_the_numbers_are_those_that_are_drawn() -> None:
    assert cells_of(draw_forest("x", "differences", ROWS).numbers) == [
        ["shown", "+2.00", "+1.00 … +3.00"],
        ["not shown", "-0.50", "-2.00 … +1.00"],
    ]

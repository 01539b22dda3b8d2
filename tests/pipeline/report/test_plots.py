"""Plots as files."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from pipeline.report.plots import Plot, add_legend, as_png, as_svg, new_figure
from tests.pipeline.report.run_result import check_png


def drawn() -> Plot:
    figure, axes = new_figure()
    axes.plot([1, 2], [3, 4], label="a line")
    axes.set_title("a title")
    add_legend(figure)
    return Plot("name", "a line that rises", figure)


def test_both_files_can_be_read() -> None:
    texts = [
        element.text
        for element in ET.fromstring(as_svg(drawn())).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert "a title" in texts
    assert "a line" in texts
    check_png(as_png(drawn()))


def test_the_same_figures_give_the_same_file() -> None:
    assert as_svg(drawn()) == as_svg(drawn())
    assert as_png(drawn()) == as_png(drawn())

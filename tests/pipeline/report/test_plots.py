"""Plots as files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from pipeline.report.plots import COLOURS, Plot, add_legend, as_png, as_svg, new_figure
from pipeline.report.svg import inline
from pipeline.report.table import Table, number
from tests.pipeline.report.run_result import check_png


def drawn() -> Plot:
    figure, axes = new_figure()
    axes.plot([1, 2], [3, 4], color=COLOURS[0], label="a line")
    axes.set_title("a title")
    add_legend(figure)
    numbers = Table("a line", ("x", "y"), [(number(1, 0), number(3, 0))])
    return Plot("name", "a line that rises", figure, numbers)


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


def test_in_the_page_a_plot_has_the_pages_colours_and_ids_of_its_own() -> None:
    svg = str(inline(drawn()))
    root = ET.fromstring(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", "a line that rises")
    assert "var(--ink)" in svg
    assert not re.findall("#[0-9a-f]{6}", svg)
    ids = re.findall(' id="([^"]+)"', svg)
    assert all(name.startswith("name-") for name in ids)
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)"]+)\)', svg)) <= {
        pair for name in ids for pair in ((name, ""), ("", name))
    }


def test_letters_are_at_least_eleven_pixels_high_as_they_are_shown() -> None:
    svg = str(inline(drawn()))
    root = ET.fromstring(svg)
    scale = float(root.attrib["width"]) / float(root.attrib["viewBox"].split()[2])
    sizes = [float(size) * scale for size in re.findall(r"font-size: ([\d.]+)px", svg)]
    assert len(sizes) > 5
    assert min(sizes) >= 11
    assert float(root.attrib["width"]) <= 358  # of a phone's 390, without the margins

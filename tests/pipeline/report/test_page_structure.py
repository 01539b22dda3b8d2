"""The page for everybody: by keyboard, read out, dark, in grey print, without a network."""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
import re
from html.parser import HTMLParser
from typing import NamedTuple

import pytest

from pipeline.report import html, palette
from pipeline.report.palette import GROUND, PALETTE, contrast
from pipeline.report.section import Drawn, all_sections
from tests.pipeline.report.run_result import a_summary, figures_of

_VOID = {"meta", "img", "br", "wbr"}
_DRAWN = ("line", "baseline", "candidate")  # not letters


class Element(NamedTuple):
    """An element, and where it stands."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...]


class Elements(HTMLParser):
    """All elements of a page; fails where they are not closed in their order."""

    def __init__(self, text: str):
        super().__init__()
        self.all: list[Element] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        assert len(attributes) == len(attrs), f"{tag} has an attribute twice"
        self.all.append(Element(tag, attributes, tuple(self._open)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def of(self, *tags: str) -> list[Element]:
        """The elements of some kinds, in their order."""
        return [element for element in self.all if element.tag in tags]


@functools.cache
def page() -> str:
    summary, drawn = a_summary(seeds=2, data_kind="sample"), []
    for name, section in all_sections().items():
        figures = figures_of(name, f"a name in {name}", summary)
        drawn.append(Drawn(section, figures, section.plots(figures), {}))
    return html.render(summary, drawn)


@pytest.fixture(scope="module")
def elements() -> Elements:
    return Elements(page())


def test_headings_go_down_one_by_one(elements: Elements) -> None:
    levels = [int(element.tag[1]) for element in elements.of("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_everything_is_in_the_main_part_of_a_page_with_a_language_and_an_answer_in_its_title(
    elements: Elements,
) -> None:
    [root], [main] = elements.of("html"), elements.of("main")
    assert root.attributes["lang"] == "en"
    assert main.inside == ("html", "body")
    assert "<title>mlp-batchnorm: Yes, it paid off.</title>" in page()
    outside = [
        e.tag for e in elements.all if e.inside[:2] == ("html", "body") and len(e.inside) == 2
    ]
    assert outside == ["main", "script"]


def test_every_link_leads_somewhere_and_the_contents_list_every_section(elements: Elements) -> None:
    ids = [element.attributes["id"] for element in elements.all if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    links = [element for element in elements.of("a") if element.attributes["href"][0] == "#"]
    assert {link.attributes["href"][1:] for link in links} <= set(ids)
    in_contents = [link.attributes["href"][1:] for link in links if "nav" in link.inside]
    assert in_contents == [section.attributes["id"] for section in elements.of("section")]
    assert in_contents == [name for name in all_sections() if name != "answer"]


def test_every_picture_has_a_text_in_its_place(elements: Elements) -> None:
    assert elements.of("img")
    assert all(picture.attributes["alt"].strip() for picture in elements.of("img"))
    for plot in elements.of("svg"):
        assert plot.attributes["role"] == "img"
        assert plot.attributes["aria-label"].strip()


def test_every_table_has_a_head_and_a_name_for_each_row(elements: Elements) -> None:
    tables = re.findall("<table>.*?</table>", page(), flags=re.DOTALL)
    assert len(tables) == len(elements.of("table")) > 20
    for table in tables:
        assert re.match(r"<table>\s*<caption>[^<]+</caption>\s*<thead><tr>", table)
        head, body = table.split("</thead>")
        columns = re.findall('<th scope="col"[^>]*>[^<]+</th>', head)
        assert len(columns) == head.count("<th ") > 1
        rows = re.findall("<tr>(.*?)</tr>", body, flags=re.DOTALL)
        assert rows
        for row in rows:
            assert row.strip().startswith('<th scope="row"')
            assert row.count("<td") == len(columns) - 1


def test_what_scrolls_can_be_reached_by_keyboard(elements: Elements) -> None:
    scrolling = [e for e in elements.all if e.attributes.get("class") == "scroll"]
    assert len(scrolling) > 20
    for element in scrolling:
        assert element.attributes["tabindex"] == "0"
        assert element.attributes["aria-label"].strip()


def test_every_plot_has_its_numbers_behind_a_fold() -> None:
    figures = re.findall('<figure class="plot".*?</figure>', page(), flags=re.DOTALL)
    assert len(figures) > 8
    for figure in figures:
        assert re.search("</svg><details><summary>[^<]+</summary><div .*<tbody>", figure, re.DOTALL)


def test_nothing_is_fetched_and_only_the_pages_own_script_runs(elements: Elements) -> None:
    for element in elements.all:
        for name in ("src", "href", "action", "data"):
            assert element.attributes.get(name, "#").startswith(("#", "data:image/"))
        assert not [name for name in element.attributes if name.startswith("on")]
    [script] = re.findall("<script>(.*?)</script>", page(), flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = [e for e in elements.of("meta") if "http-equiv" in e.attributes]
    assert f"script-src 'sha256-{digest}'" in policy.attributes["content"]


def test_a_page_is_small() -> None:
    assert len(page().encode()) < 1_000_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_read_on_their_ground(scheme: str) -> None:
    ground = getattr(GROUND, scheme)
    for name, colour in PALETTE.items():
        if name not in ("ground", "band"):
            needed = 3.0 if name in _DRAWN else 4.5
            assert contrast(getattr(colour, scheme), ground) >= needed, name
    # Commands, and letters of plots, stand on the band.
    for name in ("ink", "candidate"):
        assert contrast(getattr(PALETTE[name], scheme), getattr(PALETTE["band"], scheme)) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_grey_print_the_arms_differ(scheme: str) -> None:
    arms = [getattr(PALETTE[role], scheme) for role in ("baseline", "candidate")]
    assert contrast(*arms) >= 2.5


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


def test_every_colour_of_the_styles_is_one_of_the_palette() -> None:
    [style] = re.findall("<style>(.*?)</style>", page(), flags=re.DOTALL)
    of_styles = style.replace(palette.css(), "")
    assert not re.findall("#[0-9a-f]{3,8}\\b|rgb|opacity", of_styles)
    assert set(re.findall(r"var\(--(\w+)\)", of_styles)) <= set(PALETTE)


def test_print_repeats_the_heads_of_tables() -> None:
    [style] = re.findall("<style>(.*?)</style>", page(), flags=re.DOTALL)
    printed = style[style.index("@media print") :]
    assert "thead { display: table-header-group; break-inside: avoid;" in printed

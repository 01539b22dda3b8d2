"""Whatever a title, a class or a file is called, every section shows it, and as text."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from rich.console import Console

from components.names import ROLES
from components.text import in_line
from pipeline.cli.terminal import print_comparison
from pipeline.report import html
from pipeline.report.comparison import compare
from pipeline.report.plots import Plot, as_svg
from pipeline.report.section import Drawn, SummarySection, all_sections
from pipeline.report.table import Table
from pipeline.report.terminal import print_summary
from pipeline.report.text import in_plot, in_terminal
from pipeline.runs.result import PictureNote, Summary
from tests.pipeline.report.run_result import (
    Page,
    a_learning,
    a_summary,
    check_png,
    figures_of,
)

NASTY = {
    "markup of rich": "MLP [+bn] [/x] [bold] :smile:",
    "a tag that closes nothing": "[/]",
    "mathtext": "$a_$b",
    "mathtext that is none": r"$\frac{$ \$ $",
    "HTML": "</td><script>alert(1)</script>&lt;",
    "a template": "{{ 7 * 7 }}{% raw %}",
    "terminal": "\x1b[2J\x1b]0;x\x07\x9b31m\x00",
    "writing direction": "dog\u202egod\u2066",
    "line breaks": "a\nb\r\nc\u2028d",
    "left out of legends": "_x",
    "undecodable": "caf\udce9",
    "long": "W" * 10_000,
    "empty": "",
}
EVERYTHING = " ".join(text for name, text in NASTY.items() if name != "long")
#: Drawing takes its time.
DRAWN = {"everything": EVERYTHING, "mathtext": NASTY["mathtext"], "long": NASTY["long"]}
NO_NUMBERS = Table("", (), ())
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLES = re.compile(r"\x1b\[[0-9;]*m")  # rich's own


def nasty_summary(text: str) -> Summary:
    summary = a_summary(
        seeds=2,
        question=text,
        headline=f"Yes: {text}.",
        details=[text],
        data=text,
        experiment=text,
        run=text,
        class_names=[text, "dog"],
        class_counts={text: 100, "dog": 100},
        picture_notes=[PictureNote(text, True, 2, [text, f"b{text}"])],
        data_sha256={text: "0123"},
        pushed_to=f"serving/{text}",
        artifacts={"Schema": [text]},
        learning=[a_learning(role, 7, right) for role in ROLES for right in (100, 180)],
    )
    settings = {**summary.settings, "augmentation": text, "candidate.model": text, text: text}
    baseline, candidate = (
        dataclasses.replace(arm, title=text, class_accuracy={text: 0.5, "dog": 0.6})
        for arm in summary.arms
    )
    return dataclasses.replace(summary, baseline=baseline, candidate=candidate, settings=settings)


@pytest.mark.parametrize("text", DRAWN.values(), ids=DRAWN)
@pytest.mark.parametrize("name", all_sections())
def test_a_section_of_the_page_shows_it_as_text(name: str, text: str) -> None:
    summary = nasty_summary(text)
    section, figures = all_sections()[name], figures_of(name, text, summary)
    drawn = Drawn(section, figures, section.plots(figures), section.images(figures))
    content = html.render_section(summary, drawn)
    assert not FORBIDDEN.search(content)
    assert "script" not in Page(content).tags
    svgs = re.findall("<svg .*?</svg>", content, flags=re.DOTALL)
    assert len(svgs) == len(drawn.plots)
    for svg in svgs:
        ElementTree.fromstring(svg)
    for png in drawn.images.values():
        check_png(png)
    for shown in section.notebook(figures):
        if isinstance(shown, Figure):
            ElementTree.fromstring(as_svg(Plot(name, "", shown, NO_NUMBERS)))


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_the_terminal_shows_it_as_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    summary = nasty_summary(text)
    print_summary(summary, page=a_page(text))
    print_comparison(compare([summary, a_summary()]))
    out = capsys.readouterr().out
    assert not FORBIDDEN.search(_STYLES.sub("", out))
    assert in_line(text) in out
    for section in all_sections().values():
        if isinstance(section, SummarySection):
            section.terminal(summary)


def a_page(text: str) -> Any:
    return f"runs/{text}/report.html"


def test_the_whole_page_is_one_page() -> None:
    summary = nasty_summary(EVERYTHING)
    by_name = all_sections()
    drawn = []
    for name, section in by_name.items():
        figures = figures_of(name, EVERYTHING, summary)
        drawn.append(Drawn(section, figures, section.plots(figures), section.images(figures)))
    page = Page(html.render(summary, drawn))
    assert page.tags.count("html") == page.tags.count("body") == 1
    assert page.tags.count("script") == 1  # the page's own
    assert " ".join(in_line(EVERYTHING).split()) in page.text


@pytest.mark.parametrize("text", ["$a_$b", r"\$x$", "$$", "a$b", r"\\$", r"$\frac{$ \$ $"])
def test_a_plot_shows_the_letters_as_they_are(text: str) -> None:
    figure = Figure()
    figure.text(0, 0, in_plot(text))
    svg = as_svg(Plot("x", "", figure, NO_NUMBERS)).decode()
    assert text in "".join(ElementTree.fromstring(svg).itertext())


def test_a_plot_has_room_for_so_many_letters() -> None:
    assert len(in_plot("W" * 10_000)) == 80


def test_rich_reads_nothing_in_it() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80)
    console.print(in_terminal("[red]x[/] [/y] :smile: \x1b[31m"))
    assert _STYLES.sub("", file.getvalue()) == "[red]x[/] [/y] :smile: \\x1b[31m\n"

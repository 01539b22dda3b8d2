"""The sections together: in the page, on the terminal, and a new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.report import html, sections
from pipeline.report.section import SummarySection, all_sections, draw
from pipeline.report.terminal import print_summary
from pipeline.runs.result import Summary
from tests.pipeline.report.run_result import SCRIPT, Page, a_run, a_summary, with_titles

SUMMARY = a_summary(robustness=False)

NEW = """
from pipeline.report.section import SummarySection


class Sizes(SummarySection):
    order, title = 17, "Sizes & more"
    terminal_order = 17
    template = "<p>{% for arm in figures.arms %}{{ arm.parameters }} {% endfor %}</p>"

    def terminal(self, summary):
        return [f"sizes: {summary.candidate.parameters}"]


SECTION = Sizes()
"""


def page(summary: Summary = SUMMARY) -> Page:
    run = a_run(summary)
    shown = [s for s in all_sections().values() if isinstance(s, SummarySection)]
    drawn = [section for section in (draw(each, run) for each in shown) if section]
    return Page(html.render(summary, drawn))


def test_every_section_has_a_place_of_its_own() -> None:
    orders = [section.order for section in all_sections().values()]
    assert orders == sorted(set(orders))
    assert len(orders) == len(list(Path(sections.__path__[0]).glob("[a-z]*.py")))


def test_the_page_has_the_sections_in_order_and_needs_nothing_beside_it() -> None:
    made = page()
    assert made.tags[:3] == ["html", "head", "meta"]
    assert made.headings[:4] == [
        *("Contents", "Both models", "Did both models learn?", "Is the difference real?")
    ]
    assert made.headings[-2:] == ["Where it comes from", "What the words mean"]
    assert made.text.startswith("mlp-batchnorm: Yes, it paid off.")
    assert made.tags.count("script") == 1  # the page's own
    assert page(with_titles(SUMMARY, SCRIPT)).tags.count("script") == 1


def test_a_new_section_is_one_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sizes.py").write_text(NEW)
    monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(tmp_path)])
    made = page()
    assert made.headings[2:5] == [
        *("Did both models learn?", "Sizes & more", "Is the difference real?")
    ]
    assert "101770 101770" in made.text
    print_summary(SUMMARY, Path("report.html"))
    assert "\nsizes: 101770\n" in capsys.readouterr().out
    monkeypatch.delitem(sys.modules, "pipeline.report.sections.sizes")


def test_the_terminal_shows_figures_answer_and_data(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(a_summary(seeds=2), Path("[runs]/report.html"))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "",
        "          test accuracy  test loss  train − test  best epoch",
        "MLP              0.7000     0.4321       +0.2876           2",
        "MLP + BN         0.9000     0.4321       +0.0876           2",
        "",
        "Both models learned: they passed every check.",
        "",
        "seed     MLP  MLP + BN  points  McNemar p",
        "   7  0.7000    0.9000  +20.00    1.8e-12",
        "   8  0.7000    0.9000  +20.00    1.8e-12",
        "",
        "Does it pay off?",
        "Yes, it paid off.",
        "Conclusion: better.",
        "The candidate is blessed.",
        "data: Some pictures in a folder",
        "used: 5 × smaller than 32 pixels: a, b, c, …",
        "report: [runs]/report.html",
    ]


def test_the_terminal_needs_neither_tensorflow_nor_matplotlib() -> None:
    code = (
        "import sys; from pipeline.report import terminal; terminal.all_sections()\n"
        "print('tensorflow' in sys.modules, 'matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"

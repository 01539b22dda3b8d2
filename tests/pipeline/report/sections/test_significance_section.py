from __future__ import annotations

from rich.console import Console

from pipeline.report.sections.significance import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary, with_titles


def test_the_interval_its_parts_and_each_seed_are_shown() -> None:
    page = of_summary("significance", a_summary(seeds=2))
    assert page.headings == ["Is the difference real?"]
    estimate, both, p = page.row("test accuracy, points")
    assert estimate == "+20.00"
    assert both.startswith("+14.")
    assert float(p) < 1e-6
    assert page.row("– other pictures, same seeds")[1].startswith("+14.")
    assert page.row("– other seeds, same pictures")[1] == "+20.00 … +20.00"
    assert page.row("balanced test accuracy, points")[0] == "+20.00"
    assert "Conclusion by accuracy: better. The interval is for other test pictures and other" in (
        page.text
    )
    assert "within ±0.5 points. Such a test set and seeds like these show a true" in page.text
    assert "most frequent class has 50.0 % of the test pictures" in page.text
    assert page.row("7")[:5] == ["+20.00", "0.7000", "0.9000", "0", "40"]
    assert page.row("8")[-1] == "1.8e-12"


def test_a_single_seed_has_an_interval_over_pictures_only() -> None:
    page = of_summary("significance", a_summary())
    assert not [cells for cells in page.rows if cells[0].startswith("– other seeds")]
    assert "for other test pictures; one seed says nothing of others. A" in page.text
    assert "Such a test set shows a true" in page.text
    assert list(SECTION.terminal(a_summary())) == []


def test_a_title_is_text() -> None:
    page = of_summary("significance", with_titles(a_summary(), SCRIPT))
    assert "script" not in page.tags
    assert SCRIPT in page.text


def test_the_terminal_lists_the_seeds() -> None:
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    for line in SECTION.terminal(a_summary(seeds=2)):
        console.print(line)
    head, first, *_ = console.export_text().splitlines()
    assert head.split() == ["seed", "MLP", "MLP", "+", "BN", "points", "McNemar", "p"]
    assert first.split() == ["7", "0.7000", "0.9000", "+20.00", "1.8e-12"]


def test_a_notebook_draws_a_bar_for_each_interval() -> None:
    for seeds, bars, first in (
        (1, 1, "other test pictures"),
        (2, 3, "other pictures and\nseeds"),
    ):
        [figure] = SECTION.notebook(a_summary(seeds=seeds))
        labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        assert (len(labels), labels[0]) == (bars, first)

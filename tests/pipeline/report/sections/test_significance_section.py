from __future__ import annotations

from rich.console import Console

from pipeline.report.sections.significance import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary, with_titles


def test_both_intervals_and_each_seed_are_shown() -> None:
    page = of_summary("significance", a_summary(seeds=2))
    assert page.headings == ["Is the difference real?"]
    estimate, pictures, seeds = page.row("test accuracy, points")
    assert (estimate, seeds) == ("+20.00", "+20.00 … +20.00")
    assert pictures.startswith("+14.")
    assert "Conclusion: better." in page.text
    assert page.row("7")[:5] == ["0.7000", "0.9000", "+20.00", "0", "40"]
    assert page.row("8")[-1] == "1.8e-12"


def test_a_single_seed_has_no_interval() -> None:
    page = of_summary("significance", a_summary())
    assert page.row("test accuracy, points")[-1] == "one seed only"
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
    for seeds in (1, 2):
        [figure] = SECTION.notebook(a_summary(seeds=seeds))
        labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        assert len(labels) == seeds
        assert labels[0] == "other test pictures\n(200 pictures)"

from __future__ import annotations

from rich.console import Console

from pipeline.report.sections.both_models import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary, with_titles


def test_a_row_a_figure_with_the_difference() -> None:
    page = of_summary("both_models", a_summary())
    assert page.headings == ["Both models"]
    assert page.rows[0] == ["figure", "difference", "MLP", "MLP + BN"]
    assert page.row("test accuracy") == ["+0.2000", "0.7000", "0.9000"]
    assert page.row("generalization gap (train − test accuracy)") == ["-0.2000", "0.2876", "0.0876"]
    assert page.row("best epoch") == ["+0", "2", "2"]
    assert page.row("parameters") == ["+0", "101,770", "101,770"]
    assert page.row("pictures a second, answering") == ["× 2.00", "1,000", "2,000"]
    assert page.row("exported size, MB") == ["+0.00", "1.25", "1.25"]
    assert page.row("trained on") == ["", *["CPU, XLA, 1 thread, 2 replicas"] * 2]


def test_the_seed_is_named_where_there_are_several() -> None:
    assert of_summary("both_models", a_summary(seeds=2)).headings == ["Both models, seed 7"]


def test_a_title_is_text() -> None:
    page = of_summary("both_models", with_titles(a_summary(), SCRIPT))
    assert "script" not in page.tags
    assert page.rows[0][2] == SCRIPT


def test_the_terminal_has_a_line_a_model() -> None:
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    for line in SECTION.terminal(with_titles(a_summary(), "[b]MLP")):
        console.print(line)
    lines = console.export_text().splitlines()
    assert " ".join(lines[1].split()) == "test accuracy test loss train − test best epoch"
    assert lines[2].split() == ["[b]MLP", "0.7000", "0.4321", "+0.2876", "2"]


def test_a_notebook_gets_a_data_frame() -> None:
    [frame] = SECTION.notebook(a_summary())
    assert list(frame.index) == ["MLP", "MLP + BN"]
    assert frame["train − test"]["MLP"] == 0.9876 - 0.7
    assert frame["best epoch"].tolist() == [2, 2]

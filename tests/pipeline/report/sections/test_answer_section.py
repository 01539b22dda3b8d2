from __future__ import annotations

from pipeline.report.sections.answer import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary


def test_the_answer_comes_first() -> None:
    page = of_summary("answer", a_summary())
    assert page.tags[:2] == ["h1", "p"]
    assert page.headings == []
    assert page.text.startswith("Does it pay off? Yes, it paid off. Conclusion: better.")
    assert page.text.endswith("The candidate is blessed. What the words mean")


def test_generated_pictures_are_warned_of() -> None:
    page = of_summary("answer", a_summary(data_kind="sample"))
    assert "These are generated pictures, not mlp-batchnorm's real data set." in page.text


def test_what_a_user_wrote_is_text() -> None:
    page = of_summary("answer", a_summary(question=SCRIPT, details=[SCRIPT]))
    assert "script" not in page.tags
    assert page.text.count(SCRIPT) == 2


def test_the_terminal_says_the_same_without_markup() -> None:
    lines = SECTION.terminal(a_summary(question="[red]Why?[/]"))
    assert [str(line) for line in lines] == [
        "[red]Why?[/]",
        "Yes, it paid off.",
        "Conclusion: better.",
        "The candidate is blessed.",
    ]

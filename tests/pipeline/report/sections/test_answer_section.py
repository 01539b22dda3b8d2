from __future__ import annotations

from pipeline.report.sections.answer import SECTION
from tests.pipeline.report.run_result import SCRIPT, a_summary, check_plots, of_summary


def test_the_answer_comes_first() -> None:
    page = of_summary("answer", a_summary())
    assert page.tags[:4] == ["header", "p", "h1", "p"]
    assert page.headings == []
    assert page.text.startswith(
        "mlp-batchnorm, 2 January 2026, 03:04 Does it pay off? Yes, it paid off."
    )
    assert page.text.endswith("The candidate is blessed. What the words mean")


def test_the_first_screen_has_figures_data_and_what_to_do_next() -> None:
    page = of_summary("answer", a_summary())
    facts = page.text[page.text.index("MLP, accuracy") :]
    assert facts.startswith(
        "MLP, accuracy 0.7000 MLP + BN, accuracy 0.9000 "
        "difference, and its 95 % interval +20.00 points +14."
    )
    assert "data Some pictures in a folder pictures 600 to learn from, 200 to test" in facts
    assert "trainings of each model 1 seed Next: Each model was trained once" in facts
    assert "python -m pipeline run mlp-batchnorm --data FOLDER" in facts


def test_the_difference_is_drawn_with_its_interval_and_what_is_too_little_to_matter() -> None:
    plots = SECTION.plots(a_summary())
    check_plots(plots, ["difference"])
    assert plots[0].text.startswith("difference in accuracy: +20.00 points, 95 % interval +14.")
    [legend] = plots[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "within ±0.5 points: too little to matter"
    ]


def test_the_day_is_that_of_the_run_where_its_id_says_so() -> None:
    assert SECTION.date("20261126-102126Z") == "26 November 2026, 10:21 UTC"
    assert SECTION.date("20261126-102126") == "26 November 2026, 10:21"
    assert SECTION.date("pipeline-7f6c") == ""


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

from __future__ import annotations

import dataclasses

from rich.console import Console

from components.evaluator.problems import problems
from pipeline.report.sections.learned import SECTION
from pipeline.runs.result import Summary
from tests.components.evaluator.trainings import normalized
from tests.pipeline.report.run_result import (
    CLASSES,
    SCRIPT,
    a_learning,
    a_summary,
    of_summary,
    with_titles,
)


def unsettled() -> Summary:
    """A run whose candidate made 45 steps."""
    candidate = a_learning(
        "candidate",
        *(7, 180),
        normalization=normalized(averages=730, batches=900, both=720),
        steps_per_epoch=15,
        eval_accuracy=[0.3, 0.5, 0.7],
    )
    learning = [a_learning("baseline", 7, 140), candidate]
    return a_summary(learning=learning, problems=problems(learning, CLASSES))


def test_each_check_is_shown_for_both_models() -> None:
    page = of_summary("learned", a_summary())
    assert page.headings == ["Did both models learn?"]
    baseline, candidate = page.row("better than the most frequent class?")
    assert baseline == "yes: 0.7000 (at least 0.6443) against 0.5000"
    assert candidate == "yes: 0.9000 (at least 0.8596) against 0.5000"
    assert "no Batch Normalization" in page.row("served as it was trained?")[0]
    assert page.row("finished learning?")[0].startswith("yes: +0.1 points over the last 4 of 10")
    assert "not judged" not in page.text


def test_what_fails_is_shown_with_what_to_change() -> None:
    page = of_summary("learned", unsettled())
    assert page.row("served as it was trained?")[1] == (
        "NO: the averages cost 17.00 points (at least 14.91) after 45 steps; they need about 459"
    )
    assert page.row("finished learning?")[1].startswith("NO: +30.0 points over the last 3 of 3")
    assert "so the comparison is not judged. To change it: --set candidate.epochs=31" in page.text


def test_a_rise_of_one_who_knows_the_training_pictures_says_so() -> None:
    knows = a_learning("candidate", 7, 180, eval_accuracy=[0.5, 0.6, 0.7], train_accuracy=1.0)
    learning = [a_learning("baseline", 7, 140), knows]
    page = of_summary("learned", a_summary(learning=learning))
    _, candidate = page.row("finished learning?")
    assert candidate.startswith("yes: +20.0 points over the last 3 of 3 epochs")
    assert candidate.endswith("; it knows its training pictures")


def test_of_several_seeds_the_worst_is_shown() -> None:
    baseline, _ = of_summary("learned", a_summary(seeds=2)).row("finished learning?")
    assert baseline.endswith("(seed 7, the worst)")
    summary = a_summary(seeds=2)
    learning = [a_learning("baseline", 9, 100), *summary.learning]
    page = of_summary("learned", dataclasses.replace(summary, learning=learning))
    assert page.row("better than the most frequent class?")[0].startswith("NO: 0.5000")
    assert page.row("better than the most frequent class?")[0].endswith("(seed 9, the worst)")


def test_a_title_is_text() -> None:
    page = of_summary("learned", with_titles(a_summary(), SCRIPT))
    assert "script" not in page.tags
    assert SCRIPT in page.text


def test_the_terminal_lists_the_checks_where_a_model_fails() -> None:
    def lines(summary: Summary) -> list[str]:
        console = Console(width=300, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
        for line in SECTION.terminal(summary):
            console.print(line)
        return console.export_text().splitlines()

    assert lines(a_summary()) == ["Both models learned: they passed every check.", ""]
    title, *checks, _ = lines(unsettled())
    assert title == "Did both models learn?"
    assert checks[0].startswith("MLP, better than the most frequent class? yes: 0.7000")
    assert checks[3].startswith("MLP + BN, served as it was trained? NO: the averages cost 17.00")
    assert ["NO:" in check for check in checks] == [False, False, False, True, False, True]

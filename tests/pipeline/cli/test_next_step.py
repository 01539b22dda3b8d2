from __future__ import annotations

import dataclasses

import pytest

from components.evaluator.problems import Problem
from components.evaluator.significance import NOT_SHOWN
from pipeline.cli.next_step import next_step
from pipeline.runs.result import Summary
from tests.pipeline.report.run_result import a_summary


def not_shown(seeds: int) -> Summary:
    summary = a_summary(seeds=seeds, robustness=False)
    significance = dataclasses.replace(summary.significance, conclusion=NOT_SHOWN)
    return dataclasses.replace(summary, significance=significance)


@pytest.mark.parametrize(
    ("summary", "before", "said"),
    [
        (not_shown(1), None, "--repeats 5 trains more seeds, for a narrower interval"),
        (not_shown(5), "20260101-120000Z", "`compare 20260101-120000Z "),
        (a_summary(robustness=False), None, "`predict PICTURE… --root here` asks its candidate"),
    ],
)
def test_the_next_step_goes_by_the_verdict(summary: Summary, before: str | None, said: str) -> None:
    line = next_step(summary, before, " --root here")
    assert said in line
    assert "`open --root here` shows the report" in line


def test_what_was_not_judged_is_to_be_changed() -> None:
    problem = Problem(
        *("settled", "candidate", 1, 1, "has not settled"), settings={"candidate.epochs": 46}
    )
    summary = dataclasses.replace(not_shown(1), problems=[problem])
    said = "next: the same command with --set candidate.epochs=46; `open` shows the report"
    assert next_step(summary, None, "") == said
    unknown = dataclasses.replace(summary, problems=[dataclasses.replace(problem, settings={})])
    assert next_step(unknown, None, "").endswith("what stands in the way of an answer")

"""The verdict in words: did the regularization pay off?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from components import names
from components.evaluator.corruptions import CORRUPTIONS
from components.evaluator.gate import Decision
from components.evaluator.problems import Problem, settings_to_change
from components.evaluator.robustness import Robustness
from components.evaluator.significance import BETTER, WORSE, Interval, Significance


class Verdict(NamedTuple):
    """The answer to an experiment's question.

    Attributes:
      headline: one sentence.
      details: what it rests on and how far it carries, a sentence each.
    """

    headline: str
    details: list[str]


def verdict(
    *,
    baseline_title: str,
    candidate_title: str,
    significance: Significance,
    decision: Decision,
    pushed: bool,
    generated_data: bool,
    problems: Sequence[Problem] = (),
    robustness: Robustness | None = None,
    remarks: Sequence[str] = (),
) -> Verdict:
    """Says who won, by how much, whether that can be chance, and what became of the candidate.

    Where there are `problems` it says these instead: then nobody won. `robustness` is None where it
    was not looked at; `remarks` are further details, in sentences.
    """
    titles = {names.BASELINE: baseline_title, names.CANDIDATE: candidate_title}
    scores = _scores(baseline_title, candidate_title, significance)
    if problems:
        seeds = len(significance.baseline_accuracy)
        first, *others = [_problem(problem, titles, seeds) for problem in problems]
        headline = f"Not judged: {first}. To change it: {settings_to_change(problems)}."
        details = [f"Besides, {other}." for other in others]
        details.append(f"The figures are no answer to the question: {scores}.")
    else:
        headline = f"{_answer(significance)}: {scores}."
        details = _certainty(significance)
        if robustness:
            details.append(_robustness(robustness))
    details += remarks
    if decision.blessed:
        done = "was pushed for serving" if pushed else "was not pushed: the Pusher was not run"
        details.append(f"The candidate is blessed and {done}.")
    elif problems:
        details.append("The candidate is not blessed, and was not pushed: nothing is judged.")
    else:
        details.append(f"The candidate is not blessed, and was not pushed: {decision.reason}.")
    if generated_data:
        headline = f"On the GENERATED STAND-IN, which says nothing about real pictures: {headline}"
    return Verdict(headline, details)


def _problem(problem: Problem, titles: Mapping[str, str], seeds: int) -> str:
    """What is wrong with an arm, as a sentence without its point."""
    worst = f", the worst of {problem.seeds} such" if problem.seeds > 1 else ""
    which = f" (seed {problem.seed}{worst})" if seeds > 1 else ""
    return f"{titles[problem.role]}{which} {problem.text}"


def _answer(significance: Significance) -> str:
    if significance.conclusion == BETTER:
        return "Yes, it paid off"
    if significance.conclusion == WORSE:
        return "No, it did harm"
    if significance.accuracy.estimate > 0:
        return "Perhaps, but not clearly"
    return "Not shown to pay off"


def _scores(baseline_title: str, candidate_title: str, significance: Significance) -> str:
    seeds = len(significance.baseline_accuracy)
    baseline, candidate = (
        sum(accuracies) / seeds
        for accuracies in (significance.baseline_accuracy, significance.candidate_accuracy)
    )
    return (
        f"{candidate_title} {candidate:.4f}, {baseline_title} {baseline:.4f} test accuracy"
        f"{f', mean of {seeds} seeds' if seeds > 1 else ''} "
        f"({100 * significance.accuracy.estimate:+.2f} points)"
    )


def _certainty(significance: Significance) -> list[str]:
    """How far the difference can be relied on, a sentence each."""
    details = [
        f"Conclusion: {significance.conclusion}. With other test pictures the difference may be "
        f"{_points(significance.accuracy)} (95 % interval, {significance.pictures:,} pictures)."
    ]
    if significance.seeds_accuracy:
        details.append(
            f"With other seeds it may be {_points(significance.seeds_accuracy)} (95 % interval, "
            f"{len(significance.baseline_accuracy)} seeds)."
        )
    else:
        details.append(
            "Each model was trained once; other seeds give somewhat other numbers, which "
            "--repeats 5 would show."
        )
    if significance.conclusion not in (BETTER, WORSE):
        details.append(
            "Such a test set shows a true difference of "
            f"{100 * significance.minimum_detectable_effect:.2f} points or more in 80 of 100 cases."
        )
    loss = significance.loss
    if significance.conclusion == BETTER and loss.low > 0:
        details.append(
            f"But its test loss is higher ({loss.estimate:+.4f}, {loss.low:+.4f} to "
            f"{loss.high:+.4f}): it is right more often, and its probabilities are worse."
        )
    return details


def _robustness(robustness: Robustness) -> str:
    corrupted = robustness.corrupted
    change = corrupted.difference
    return (
        f"On {robustness.pictures:,} corrupted test pictures "
        f"({', '.join(corruption.name for corruption in CORRUPTIONS)}): candidate "
        f"{corrupted.candidate_accuracy:.4f}, baseline "
        f"{corrupted.baseline_accuracy:.4f} ({100 * change.estimate:+.2f} points; "
        f"95 % interval {_points(change)})."
    )


def _points(interval: Interval) -> str:
    return f"{100 * interval.low:+.2f} to {100 * interval.high:+.2f} points"

"""The verdict in words: did the regularization pay off?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from components import names
from components.evaluator.changes import Change, standing
from components.evaluator.corruptions import CORRUPTIONS
from components.evaluator.gate import Decision
from components.evaluator.intervals import Interval
from components.evaluator.problems import Problem, settings_to_change
from components.evaluator.robustness import Robustness
from components.evaluator.significance import (
    BETTER,
    EQUIVALENT,
    NOT_SHOWN,
    WORSE,
    Significance,
)
from components.text import shorten

#: How the headline begins of models that cannot be compared.
NOT_COMPARED = "Not judged: "

_LONGEST_TITLE = 100  # of an arm, in a sentence
_LISTED = 3  # changes for the better, and for the worse; the report has them all


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
    redrawn: bool = False,
    problems: Sequence[Problem] = (),
    robustness: Robustness | None = None,
    changes: Sequence[Change] = (),
    remarks: Sequence[str] = (),
) -> Verdict:
    """Says who won, by how much, whether that can be chance, and what became of the candidate.

    `redrawn` says whether each seed had training pictures of its own.
    Where there are `problems` it says these instead: then nobody won. `robustness` is None where it
    was not looked at; `changes` are the other figures that were compared; `remarks` are further
    details, in sentences.
    """
    titles = {
        names.BASELINE: shorten(baseline_title, _LONGEST_TITLE),
        names.CANDIDATE: shorten(candidate_title, _LONGEST_TITLE),
    }
    scores = _scores(titles[names.BASELINE], titles[names.CANDIDATE], significance)
    if problems:
        seeds = len(significance.baseline_accuracy)
        first, *others = [_problem(problem, titles, seeds) for problem in problems]
        headline = f"{NOT_COMPARED}{first}. To change it: {settings_to_change(problems)}."
        details = [f"Besides, {other}." for other in others]
        details.append(f"The figures are no answer to the question: {scores}.")
    else:
        headline = f"{_answer(significance)}: {scores}."
        details = _certainty(significance, redrawn)
        if robustness:
            details.append(_robustness(robustness))
        details += _what_changed(changes)
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
    # Equal methods, trained once, often give models that differ beyond other test pictures.
    once = " in this pair of trainings" if len(significance.baseline_accuracy) == 1 else ""
    if significance.conclusion == BETTER:
        return f"Yes, it paid off{once}"
    if significance.conclusion == WORSE:
        return f"No, it did harm{once}"
    if significance.conclusion == EQUIVALENT:
        return "It makes no practical difference"
    if significance.headline.estimate > 0:
        return "Perhaps, but not clearly"
    return "Not shown to pay off"


def _scores(baseline_title: str, candidate_title: str, significance: Significance) -> str:
    seeds = len(significance.baseline_accuracy)
    baseline, candidate = significance.headline_scores
    metric = significance.headline_metric.replace("accuracy", "test accuracy")
    return (
        f"{candidate_title} {candidate:.4f}, {baseline_title} {baseline:.4f} {metric}"
        f"{f', mean of {seeds} seeds' if seeds > 1 else ''} "
        f"({100 * significance.headline.estimate:+.2f} points)"
    )


def _certainty(significance: Significance, redrawn: bool) -> list[str]:
    """How far the difference can be relied on, a sentence each."""
    seeds, pictures = len(significance.baseline_accuracy), f"{significance.pictures:,} pictures"
    drawn = ["test pictures"]
    if seeds > 1:
        drawn += ["training pictures"] * redrawn + ["seeds"]
        pictures += f", {seeds} seeds" + (", each with a draw of its own" if redrawn else "")
    details = [
        f"Conclusion: {significance.conclusion}. With other {_joined(drawn)} the difference may be "
        f"{_points(significance.headline)} (95 % interval, {pictures})"
        f"{_why(significance, drawn)}."
    ]
    if significance.identical_answers:
        details.insert(0, "Both models answer alike on every test picture.")
    if seeds == 1:
        details.append(
            "Each model was trained once, so this is about these two models. Whether it holds for "
            "other seeds, and so for the method, --repeats 5 tells."
        )
    if significance.conclusion == NOT_SHOWN:
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


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _why(significance: Significance, drawn: Sequence[str]) -> str:
    """Why the conclusion follows from the interval; `drawn` is what it is for others of."""
    if significance.conclusion in (BETTER, WORSE):
        return (
            f"; zero is not among them, so it is more than the choice of {_joined(drawn)} explains"
        )
    if significance.conclusion == EQUIVALENT:
        return f", all within ±{100 * significance.equivalence:g} points: too little to matter"
    return "; zero is among them, so it may be chance"


def _what_changed(changes: Sequence[Change]) -> list[str]:
    """The figures that changed beyond chance, the clearest first."""
    if not changes:
        return []
    left = standing(changes)
    if not left:
        return ["No class, corruption or other figure changed beyond chance."]
    sentences = [f"{len(left)} of {len(changes)} other figures changed beyond chance."]
    for better, word in ((True, "better"), (False, "worse")):
        of_kind = [change for change in left if change.improved == better]
        if of_kind:
            listed = "; ".join(map(_change, of_kind[:_LISTED]))
            more = f"; and {len(of_kind) - _LISTED} more" if len(of_kind) > _LISTED else ""
            sentences.append(f"For the {word}: {listed}{more}.")
    return [" ".join(sentences)]


def _change(change: Change) -> str:
    difference = change.difference
    if change.kind == "loss":
        low, high = f"{difference.low:+.4f}", f"{difference.high:+.4f}"
        return f"{change.what}: {difference.estimate:+.4f} ({low} to {high})"
    return f"{change.what}: {100 * difference.estimate:+.2f} ({_points(difference)})"


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

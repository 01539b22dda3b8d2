"""The verdict in words: did the regularization pay off?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Verdict(NamedTuple):
    """The answer to an experiment's question.

    Attributes:
      headline: one sentence.
      details: what it rests on and how far it carries, a sentence each.
    """

    headline: str
    details: list[str]


def chance_margin(accuracy: float, other: float, pictures: int) -> float:
    """How far two models' accuracies may differ by the choice of test pictures alone.

    The half-width of the 95 % interval of a difference of two proportions,
    1.96 · √(p(1−p)/n + q(1−q)/n) (Wald; e.g. Agresti, Categorical Data Analysis, 3.1). Both
    models see the same pictures, which makes the true margin smaller: this one errs on the
    side of caution. It says nothing of the spread between trainings with other seeds.

    Args:
      accuracy: of one model, 0 … 1.
      other: of the other one.
      pictures: number of test pictures.
    """
    variance = accuracy * (1 - accuracy) + other * (1 - other)
    return 1.96 * math.sqrt(variance / pictures)


def verdict(
    *,
    baseline_title: str,
    candidate_title: str,
    baseline_accuracy: float,
    candidate_accuracy: float,
    test_pictures: int,
    blessed: bool,
    pushed: bool,
    min_accuracy: float,
    min_improvement: float,
    generated_data: bool,
    remarks: Sequence[str] = (),
) -> Verdict:
    """Says who won, by how much, whether that can be chance, and what became of the candidate.

    `remarks` are further details, in sentences.
    """
    difference = candidate_accuracy - baseline_accuracy
    margin = chance_margin(baseline_accuracy, candidate_accuracy, test_pictures)
    scores = (
        f"{candidate_title} {candidate_accuracy:.4f}, {baseline_title} {baseline_accuracy:.4f} "
        f"test accuracy ({100 * difference:+.2f} points)"
    )
    if difference > margin:
        headline = f"Yes, it paid off: {scores}."
    elif difference < -margin:
        headline = f"No, it did harm: {scores}."
    elif difference > 0:
        headline = f"Perhaps, but not clearly: {scores}."
    else:
        headline = f"Not shown to pay off: {scores}."
    details = []
    if abs(difference) <= margin:
        details.append(
            f"A difference up to {100 * margin:.2f} points can come from the choice of these "
            f"{test_pictures:,} test pictures alone."
        )
    details.append("Each model was trained once; other seeds give somewhat other numbers.")
    details += remarks
    if blessed:
        done = "was pushed for serving" if pushed else "was not pushed: the Pusher was not run"
        details.append(f"The candidate is blessed and {done}.")
    elif candidate_accuracy < min_accuracy:
        details.append(
            f"The candidate is not blessed, and was not pushed: its accuracy is below the "
            f"required {min_accuracy:g}."
        )
    else:
        details.append(
            "The candidate is not blessed, and was not pushed: it had to beat the baseline by "
            f"{100 * min_improvement:g} points."
            if min_improvement
            else "The candidate is not blessed, and was not pushed: it is not as good as the "
            "baseline."
        )
    if generated_data:
        headline = f"On the GENERATED STAND-IN, which says nothing about real pictures: {headline}"
    return Verdict(headline, details)

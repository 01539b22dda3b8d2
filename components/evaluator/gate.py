"""The gate's rule, in one place: what blesses a candidate, and why it does not.

The Evaluator's thresholds, the Significance node, the terminal and the report all go by it.

TensorFlow Model Analysis measures an accuracy in float32: 69 right of 500 come out a little
below 0.138. A measured figure therefore reaches a minimum from `PRECISION` below it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, get_args

import pydantic

from components.settings import Share, settings

if TYPE_CHECKING:  # experiments name the gate, and start without NumPy
    from components.evaluator.problems import Problem

#: Far above the rounding of float32, far below one picture of any test set here.
PRECISION = 1e-6

Kind = Literal["accuracy", "significance"]

#: What a gate can go by, see `Gate.kind`.
KINDS: tuple[str, ...] = get_args(Kind)


@settings
class Gate:
    """What the candidate must reach on split `test` to be blessed (and pushed).

    Attributes:
      min_accuracy: its accuracy, 0 … 1.
      min_improvement: its accuracy minus the baseline's.
      kind: "accuracy": both are asked of the accuracies as measured; "significance": the
        improvement must be shown besides, that is, the lower end of its 95 % interval must
        exceed `min_improvement`. Where the classes are so unequal that the conclusion goes by
        balanced accuracy, that interval is of the balanced accuracies.
      equivalence: differences of accuracy up to this, 0 … 1, are practically none; it changes
        the conclusion, and never the blessing.
    """

    min_accuracy: Share
    min_improvement: Annotated[float, pydantic.Field(ge=-1, le=1)] = 0.0
    kind: Kind = "accuracy"
    equivalence: Share = 0.005


class Decision(NamedTuple):
    """What became of a candidate at the gate.

    Attributes:
      blessed: whether it may be pushed.
      reason: why not, in half a sentence; "" where it is blessed.
    """

    blessed: bool
    reason: str


def decide(
    gate: Gate,
    *,
    baseline: float,
    candidate: float,
    lower_end: float,
    problems: Sequence[Problem] = (),
    blessed_by_evaluator: bool = True,
) -> Decision:
    """Whether a candidate is blessed, and why not.

    Args:
      gate: what is asked of it.
      baseline: the baseline's accuracy on split test, 0 … 1, of the first seed.
      candidate: likewise the candidate's.
      lower_end: lower end of the 95 % interval of the difference, see `Significance.headline`.
      problems: why a model of the pair cannot be compared, see `components.evaluator.learned`.
      blessed_by_evaluator: whether TensorFlow Model Analysis, asked the same by the thresholds
        of `eval_config`, blessed it.
    """
    reason = ""
    if problems:
        reason = f"the comparison is not judged: the {problems[0].role} {problems[0].text}"
    elif not reaches(candidate, gate.min_accuracy):
        reason = f"its accuracy is below the required {gate.min_accuracy:g}"
    elif not reaches(candidate - baseline, gate.min_improvement):
        reason = (
            f"it had to beat the baseline by {100 * gate.min_improvement:g} points"
            if gate.min_improvement
            else "it is not as good as the baseline"
        )
    elif gate.kind == "significance" and not exceeds(lower_end, gate.min_improvement):
        reason = (
            f"an improvement of more than {100 * gate.min_improvement:g} points is not shown (the "
            "gate asks for significance)"
        )
    elif not blessed_by_evaluator:
        reason = "TensorFlow Model Analysis refused it for a reason that the gate does not know"
    return Decision(blessed=not reason, reason=reason)


def reaches(measured: float, minimum: float) -> bool:
    """Whether a measured accuracy, or difference of two, is at least `minimum`."""
    return measured >= lowest(minimum)


def exceeds(measured: float, minimum: float) -> bool:
    """Whether a measured accuracy, or difference of two, is more than `minimum`."""
    return measured > minimum + PRECISION


def lowest(minimum: float) -> float:
    """The lowest measured figure that still reaches `minimum`."""
    return minimum - PRECISION

"""The gate's rule, in one place: what the Evaluator asks for is what the verdict explains.

TensorFlow Model Analysis measures an accuracy in float32: 69 right of 500 come out a little
below 0.138. A measured figure therefore reaches a minimum from `PRECISION` below it on.
"""

from __future__ import annotations

#: Far above the rounding of float32, far below one picture of any test set here.
PRECISION = 1e-6


def reaches(measured: float, minimum: float) -> bool:
    """Whether a measured accuracy, or difference of two, is at least `minimum`."""
    return measured >= lowest(minimum)


def lowest(minimum: float) -> float:
    """The lowest measured figure that still reaches `minimum`."""
    return minimum - PRECISION


def refusal(
    *,
    baseline: float,
    candidate: float,
    lower_end: float,
    min_accuracy: float,
    min_improvement: float,
    significance: bool,
) -> str:
    """Why the gate does not bless a candidate, in half a sentence; "" where it does.

    Args:
      baseline: its accuracy on split test, 0 … 1, of the first seed.
      candidate: likewise.
      lower_end: what the difference of the accuracies exceeds by its 95 % intervals.
      min_accuracy: what the candidate's accuracy must reach.
      min_improvement: what the difference must reach.
      significance: whether `lower_end` must exceed `min_improvement` besides.
    """
    if not reaches(candidate, min_accuracy):
        return f"its accuracy is below the required {min_accuracy:g}"
    if not reaches(candidate - baseline, min_improvement):
        if min_improvement:
            return f"it had to beat the baseline by {100 * min_improvement:g} points"
        return "it is not as good as the baseline"
    if significance and lower_end <= min_improvement:
        return (
            f"an improvement of more than {100 * min_improvement:g} points is not shown (the gate "
            "asks for significance)"
        )
    return ""

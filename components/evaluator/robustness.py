"""What corruptions of the test pictures cost two models. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components.evaluator.corruptions import CORRUPTIONS
from components.evaluator.significance import Interval, over_pictures


@dataclass(frozen=True)
class Row:
    """Both models on the same pictures, spoiled in one way.

    Attributes:
      corruption: its name; "none" for the pictures as they are, "all" for the mean of all
        corruptions and strengths.
      strength: 1, 2 or 3; 0 for "none" and "all".
      amount: how much that is, see `components.evaluator.corruptions.Corruption`.
      baseline_accuracy: 0 … 1.
      candidate_accuracy: 0 … 1.
      difference: candidate minus baseline, with the interval over pictures.
    """

    corruption: str
    strength: int
    amount: float
    baseline_accuracy: float
    candidate_accuracy: float
    difference: Interval


@dataclass(frozen=True)
class Robustness:
    """What corruptions cost both models.

    Attributes:
      pictures: number of test pictures.
      clean: the pictures as they are.
      corrupted: the mean over all corruptions and strengths.
      rows: each corruption at each strength.
    """

    pictures: int
    clean: Row
    corrupted: Row
    rows: list[Row]

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Robustness:
        """What `dataclasses.asdict` made `plain` of."""

        def row(values: dict[str, Any]) -> Row:
            return Row(**{**values, "difference": Interval(**values["difference"])})

        return cls(
            pictures=plain["pictures"],
            clean=row(plain["clean"]),
            corrupted=row(plain["corrupted"]),
            rows=[row(values) for values in plain["rows"]],
        )


def summarize(clean: np.ndarray, corrupted: np.ndarray) -> Robustness:
    """The figures, from which pictures each model got right.

    Args:
      clean: bool [2, pictures]: baseline and candidate on the pictures as they are.
      corrupted: bool [2, pictures, corruptions, strengths], in the order of `CORRUPTIONS`.
    """

    def row(right: np.ndarray, corruption: str, strength: int = 0, amount: float = 0.0) -> Row:
        baseline, candidate = right.astype(float)
        return Row(
            corruption=corruption,
            strength=strength,
            amount=amount,
            baseline_accuracy=float(baseline.mean()),
            candidate_accuracy=float(candidate.mean()),
            difference=over_pictures(candidate - baseline),
        )

    return Robustness(
        pictures=clean.shape[1],
        clean=row(clean, "none"),
        corrupted=row(corrupted.mean(axis=(2, 3)), "all"),
        rows=[
            row(corrupted[:, :, index, step], corruption.name, step + 1, amount)
            for index, corruption in enumerate(CORRUPTIONS)
            for step, amount in enumerate(corruption.amounts)
        ],
    )

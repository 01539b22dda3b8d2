"""What corruptions of the test pictures cost two models. Pure arithmetic."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.evaluator.corruptions import CORRUPTIONS
from components.evaluator.intervals import Interval, mean_interval


@dataclass(frozen=True)
class Row:
    """Both models on the same pictures, corrupted in one way.

    Attributes:
      corruption: its name; "none" for the pictures as they are, "all" for the mean of all
        corruptions and severities.
      severity: 1, 2 or 3; 0 for "none" and "all".
      amount: how much that is, see `components.evaluator.corruptions.Corruption`.
      baseline_accuracy: 0 … 1.
      candidate_accuracy: 0 … 1.
      difference: candidate minus baseline, with the interval over pictures.
    """

    corruption: str
    severity: int
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
      corrupted: the mean over all corruptions and severities.
      rows: each corruption at each severity.
    """

    pictures: int
    clean: Row
    corrupted: Row
    rows: list[Row]

    def to_dict(self) -> dict[str, Any]:
        """As JSON's types."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Robustness:
        """What `to_dict` gave."""

        def row(of_row: Mapping[str, Any]) -> Row:
            return Row(**{**of_row, "difference": Interval(**of_row["difference"])})

        return cls(
            pictures=values["pictures"],
            clean=row(values["clean"]),
            corrupted=row(values["corrupted"]),
            rows=[row(of_row) for of_row in values["rows"]],
        )


def summarize(clean: np.ndarray, corrupted: np.ndarray) -> Robustness:
    """The figures, from which pictures each model got right.

    Args:
      clean: bool [2, pictures]: baseline and candidate on the pictures as they are.
      corrupted: bool [2, pictures, corruptions, severities], in the order of `CORRUPTIONS`.
    """

    def row(right: np.ndarray, corruption: str, severity: int = 0, amount: float = 0.0) -> Row:
        baseline, candidate = right.astype(float)
        return Row(
            corruption=corruption,
            severity=severity,
            amount=amount,
            baseline_accuracy=float(baseline.mean()),
            candidate_accuracy=float(candidate.mean()),
            difference=mean_interval((candidate - baseline)[None]),
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

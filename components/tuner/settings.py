"""The settings of a search for an arm's best settings. Imports no TensorFlow."""

from __future__ import annotations

from typing import Annotated

import pydantic

from components.settings import Count, Positive, settings


@settings
class Tuning:
    """Both arms' search: the same space, the same budget, the same seeds.

    A trial is a training of the arm; the best one is the one with the highest accuracy on `eval`,
    never on `test`. The first trial has the arm's own settings.

    Attributes:
      trials: of each arm; 0 for no search.
      learning_rates: from and to; drawn evenly by the logarithm.
      batch_sizes: what is drawn from.
      most_epochs: of a trial; drawn are this, half of it and a quarter. 0: as many as the arm has.
    """

    trials: Annotated[int, pydantic.Field(ge=0, le=1000)] = 0
    learning_rates: tuple[Positive, Positive] = (1e-4, 1e-1)
    batch_sizes: Annotated[tuple[Count, ...], pydantic.Field(min_length=1)] = (32, 64, 128, 256)
    most_epochs: Annotated[int, pydantic.Field(ge=0, le=100_000)] = 0

    def __post_init__(self) -> None:
        low, high = self.learning_rates
        if low > high:
            raise ValueError("tuning.learning_rates must be two numbers, the smaller one first")

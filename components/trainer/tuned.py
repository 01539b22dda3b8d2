"""An arm's settings with what a search found for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from components.trainer.node_settings import TrainerSettings

#: Names of the settings in a search. What follows a point in `ARGUMENT` is a builder's argument.
LEARNING_RATE, BATCH_SIZE, EPOCHS, ARGUMENT = "learning_rate", "batch_size", "epochs", "arguments"


def values_of(settings: TrainerSettings, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are, as a search names them; `arguments` are those it looks at."""
    return {
        LEARNING_RATE: settings.optimizer.learning_rate,
        BATCH_SIZE: settings.batch_size,
        EPOCHS: settings.epochs,
        **{
            f"{ARGUMENT}.{name}": settings.arguments[name]
            for name in arguments
            if name in settings.arguments
        },
    }


def with_values(settings: TrainerSettings, values: Mapping[str, Any]) -> TrainerSettings:
    """The settings with a trial's values in place of their own."""
    prefix = f"{ARGUMENT}."
    arguments = {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix)
    }
    return dataclasses.replace(
        settings,
        optimizer=dataclasses.replace(settings.optimizer, learning_rate=values[LEARNING_RATE]),
        batch_size=values[BATCH_SIZE],
        epochs=values[EPOCHS],
        arguments={**settings.arguments, **arguments},
    )

"""The settings of the nodes that seek an arm's best settings."""

from __future__ import annotations

from components.settings import settings
from components.trainer.node_settings import TrainerSettings
from components.trainer.settings import Choices
from components.tuner.settings import Tuning


@settings
class TunerSettings:
    """What a Tuner node gets.

    Attributes:
      tuning: the search.
      choices: of the arm's own arguments: what is drawn from.
      training: the arm as it is; `node` is the Tuner's name.
    """

    tuning: Tuning
    choices: Choices
    training: TrainerSettings

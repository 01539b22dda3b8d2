"""The model of an arm: what its builder is given, and how it is built to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components.code import load
from components.trainer.builders import BACKBONE_ARGUMENTS, check_arguments, checked_model
from pipeline.settings.experiment import AnyArm, Experiment, TransferArm

if TYPE_CHECKING:
    import keras


def checked_arguments(
    arm: AnyArm, role: str, changes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """An arm's arguments, with changes, as its builder takes them; see `check_arguments`."""
    taken = BACKBONE_ARGUMENTS if isinstance(arm, TransferArm) else ()
    return check_arguments(arm.model, {**arm.arguments, **(changes or {})}, role=role, taken=taken)


def build_arm(experiment: Experiment, role: str, shape: tuple[int, int, int]) -> keras.Model:
    """An arm's model with random weights, a backbone's too: they say nothing of its layers.

    Args:
      experiment: whose arm.
      role: of the arm.
      shape: (height, width, channels) of what it takes.

    Raises:
      UserError: there is no such model, or it takes no such arguments.
    """
    arm = experiment.arms[role]
    arguments = checked_arguments(arm, role)
    if isinstance(arm, TransferArm):
        arguments = {**arguments, "upsampling": arm.upsampling, "weights": None}
    model = load(arm.model)(shape, len(experiment.dataset.class_names), **arguments)
    return checked_model(arm.model, model)

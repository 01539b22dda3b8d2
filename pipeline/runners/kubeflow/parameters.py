"""What can be changed for each run of a compiled pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.settings.experiment import Experiment, TransferArm
from pipeline.settings.overrides import override

#: Parameters that are no settings of the experiment.
DATA, SERVING = "data", "serving"


@dataclass(frozen=True)
class Parameter:
    """A parameter in the form that Kubeflow Pipelines shows.

    Attributes:
      name: in that form.
      setting: dotted name of the experiment's setting; "" for those that are none.
      default: what it is otherwise.
      other: another value than the default, to find the nodes that it matters to.
      text: for people.
    """

    name: str
    setting: str
    default: str | int
    other: str | int
    text: str


def run_parameters(experiment: Experiment, data: str) -> list[Parameter]:
    """The parameters of an experiment's runs.

    Args:
      experiment: whose.
      data: default of parameter `data`, see `data/README.md`.
    """
    dataset = experiment.dataset
    parameters = [
        _text(DATA, "", data, "official, sample, or a folder or archive"),
        Parameter(SERVING, "", "", "elsewhere", "folder for a blessed model; empty for none"),
        _number(
            "train_limit", "dataset.train_limit", dataset.train_limit, "training pictures; 0: all"
        ),
        _number("test_limit", "dataset.test_limit", dataset.test_limit, "test pictures; 0: all"),
        _number(
            "seed", "seed", experiment.seed, "initial weights, order of pictures, augmentation"
        ),
    ]
    for role, arm in experiment.arms.items():
        name = f"{role}_epochs"
        parameters.append(_number(name, f"{role}.epochs", arm.epochs, f"epochs of {arm.title}"))
        if isinstance(arm, TransferArm):
            name, setting = f"{role}_backbone_weights", f"{role}.backbone_weights"
            parameters.append(
                _text(name, setting, arm.backbone_weights, "imagenet, none, or a file")
            )
    return parameters


def with_parameters(
    experiment: Experiment, parameters: Sequence[Parameter], values: Mapping[str, Any]
) -> Experiment:
    """The experiment with a run's values of its parameters.

    Raises:
      UserError: a value is not one that its setting can have.
    """
    changes = []
    for parameter in parameters:
        if parameter.setting and parameter.name in values:
            value = values[parameter.name]
            # JSON on its way through Kubeflow Pipelines knows no whole numbers.
            whole = isinstance(value, float) and value.is_integer()
            changes.append(f"{parameter.setting}={int(value) if whole else value}")
    return override(experiment, changes)


def _number(name: str, setting: str, default: int, text: str) -> Parameter:
    return Parameter(name, setting, default, default + 1, text)


def _text(name: str, setting: str, default: str, text: str) -> Parameter:
    return Parameter(name, setting, default, f"other {default}", text)

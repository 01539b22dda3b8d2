"""`--set candidate.epochs=3`: an experiment with some settings changed."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Sequence
from typing import Any

from components.errors import UserError
from components.trainer.accelerator import CHOICES
from pipeline.datasets.data_set import data_set
from pipeline.settings.experiment import GATES, Experiment, TransferArm

# Also a folder, and part of Kubernetes' names, which have 63 characters at most.
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")
_LARGEST = 2**31 - 1  # of a count: TensorFlow's int32
# Keras's losses on probabilities of one class among several, which is what models here give.
_LOSSES = ("sparse_categorical_crossentropy", "categorical_crossentropy")
_SCHEDULES = ("constant", "cosine")

_DATA_SET = "dataset"  # `--set dataset=NAME` or FILE.yaml replaces all of it
_NO_SETTINGS = ("source", "options")  # of a data set: its description says them

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def override(experiment: Experiment, assignments: Sequence[str]) -> Experiment:
    """Applies `dotted.name=value` assignments in order.

    Raises:
      UserError: an assignment names no setting, or its value is not of the setting's type.
    """
    # A whole data set comes first, so that the order of options does not matter.
    for assignment in sorted(assignments, key=lambda text: not text.startswith(f"{_DATA_SET}=")):
        name, equals, text = assignment.partition("=")
        if not equals:
            raise UserError(f"--set {assignment}: write it as name=value")
        if name == _DATA_SET:
            experiment = dataclasses.replace(experiment, dataset=data_set(text))
        else:
            experiment = _replace(experiment, name, "", text)
    check(experiment)
    return experiment


def settings(value: Any, prefix: str = "") -> dict[str, Any]:
    """All settings of an experiment by their dotted names."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        inner = getattr(value, field.name)
        if field.name in _NO_SETTINGS:
            continue
        if dataclasses.is_dataclass(inner):
            found.update(settings(inner, f"{prefix}{field.name}."))
        else:
            found[prefix + field.name] = inner
    return found


def check(experiment: Experiment) -> None:
    """Refuses settings that no run can have.

    Raises:
      UserError: the first of them.
    """
    if not _NAME.fullmatch(experiment.name):
        raise UserError(
            f"name {experiment.name[:60]!r} must have 1 to 50 lower-case letters, digits and "
            "hyphens, a letter or digit first and last"
        )
    for role, arm in experiment.arms.items():
        for name in ("epochs", "batch_size"):
            if not 1 <= getattr(arm, name) <= _LARGEST:
                limit = "at least 1" if getattr(arm, name) < 1 else f"at most {_LARGEST}"
                raise UserError(f"{role}.{name} must be {limit}")
        _check_choice(f"{role}.loss", arm.loss, _LOSSES)
        _check_choice(f"{role}.optimizer.schedule", arm.optimizer.schedule, _SCHEDULES)
        if arm.optimizer.learning_rate <= 0:
            raise UserError(f"{role}.optimizer.learning_rate must be above 0")
        if arm.augment and not experiment.augmentation:
            raise UserError(f"{role}.augment needs a policy: set augmentation, e.g. to fashion")
        if isinstance(arm, TransferArm):
            _check_transfer(role, arm)
    if not 1 <= experiment.repeats <= 100:
        raise UserError("repeats must be a whole number from 1 to 100")
    if experiment.robustness_pictures < 0:
        raise UserError("robustness_pictures must be 0 (none) or more")
    _check_choice("gate.kind", experiment.gate.kind, GATES)
    if not 0 <= experiment.gate.min_accuracy <= 1:
        raise UserError("gate.min_accuracy must lie between 0 and 1")
    if not -1 <= experiment.gate.min_improvement <= 1:
        raise UserError("gate.min_improvement must lie between -1 and 1")
    for name, value in vars(experiment.accelerator).items():
        _check_choice(f"accelerator.{name}", value, CHOICES)
    if not 0 <= experiment.seed < 2**31:
        raise UserError("seed must be a whole number from 0 to 2147483647")


def _check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise UserError(f"{name}={value}: must be one of {', '.join(choices)}")


def _check_transfer(role: str, arm: TransferArm) -> None:
    for name, smallest in (
        ("upsampling", 1),
        ("views", 1),
        ("fine_tune_epochs", 0),
        ("fine_tune_blocks", 1),
    ):
        if getattr(arm, name) < smallest:
            raise UserError(f"{role}.{name} must be at least {smallest}")
    if arm.feature_dtype not in ("float32", "float16"):
        raise UserError(f"{role}.feature_dtype must be float32 or float16")
    if arm.fine_tune_learning_rate <= 0:
        raise UserError(f"{role}.fine_tune_learning_rate must be above 0")


def _replace(value: Any, name: str, prefix: str, text: str) -> Any:
    """`value` with the setting `name` changed; `prefix` is the part of the name that led to it."""
    head, dot, _ = name[len(prefix) :].partition(".")
    current = getattr(value, head, None)
    is_field = head in {field.name for field in dataclasses.fields(value)}
    if not is_field or bool(dot) != dataclasses.is_dataclass(current):
        raise _unknown(value, name, prefix)
    if dot:
        new = _replace(current, name, f"{prefix}{head}.", text)
    else:
        new = _parse(name, text, current)
    return dataclasses.replace(value, **{head: new})


def _unknown(value: Any, name: str, prefix: str) -> UserError:
    known = list(settings(value, prefix))
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"
    return UserError(f"--set {name}: no such setting; {hint}")


def _parse(name: str, text: str, current: Any) -> Any:
    """Reads a value of the type of the setting's current value."""
    try:
        if isinstance(current, tuple):
            parts = [part.strip() for part in text.split(",")] if text else []
            return tuple(type(old)(part) for old, part in zip(current, parts, strict=True))
        if isinstance(current, bool):
            return _WORDS[text.lower()]
        value = type(current)(text)
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(text)
    except (ValueError, KeyError) as error:
        if isinstance(current, tuple):
            wanted = f"{len(current)} values with commas between"
        else:
            wanted = {bool: "true or false", int: "a whole number"}.get(type(current), "a number")
        raise UserError(f"--set {name}={text}: must be {wanted}") from error
    return value

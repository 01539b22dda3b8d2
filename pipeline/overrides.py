"""`--set candidate.epochs=3`: an experiment with some settings changed."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Sequence
from typing import Any

from components.errors import UserError
from pipeline.experiments import GATES, Experiment, TransferArm

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def override(experiment: Experiment, assignments: Sequence[str]) -> Experiment:
    """Applies `dotted.name=value` assignments in order.

    Raises:
      UserError: an assignment names no setting, or its value is not of the setting's type.
    """
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise UserError(f"--set {assignment}: write it as name=value")
        experiment = _replace(experiment, name, "", text)
    check(experiment)
    return experiment


def settings(value: Any, prefix: str = "") -> dict[str, Any]:
    """All settings of an experiment by their dotted names."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        inner = getattr(value, field.name)
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
    for role, arm in experiment.arms.items():
        for name, smallest in (("epochs", 1), ("batch_size", 1)):
            if getattr(arm, name) < smallest:
                raise UserError(f"{role}.{name} must be at least {smallest}")
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
    if experiment.gate.kind not in GATES:
        raise UserError(f"gate.kind must be one of {', '.join(GATES)}")
    if not 0 < experiment.dataset.eval_fraction < 1:
        raise UserError("dataset.eval_fraction must lie between 0 and 1")
    selection = experiment.dataset.selection
    if min(selection.train_limit, selection.test_limit, selection.data_subset) < 0:
        raise UserError("a limit must be 0 (all pictures) or more")
    for name in ("test_fraction", "max_broken"):
        if not 0 <= getattr(experiment.dataset, name) < 1:
            raise UserError(f"dataset.{name} must be at least 0 and below 1")
    if not 0 <= experiment.seed < 2**31:
        raise UserError("seed must be a whole number from 0 to 2147483647")


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

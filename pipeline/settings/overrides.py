"""`--set candidate.epochs=3`: an experiment with some settings changed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.errors import UserError
from components.hints import did_you_mean
from components.names import ROLES
from components.settings import TAG, from_plain, to_plain
from pipeline.datasets.data_set import data_set
from pipeline.settings.experiment import Experiment

_DATA_SET = "dataset"  # `--set dataset=NAME` or FILE.yaml replaces all of it
# An arm's type says which settings there are; of a data set, its description says these. What
# changes with a GPU is changed back by `--set` itself.
# What is named after the arguments of an arm's model, which alone knows them.
_CHOICES = "choices"
_OF_THE_MODEL = ("arguments", _CHOICES)
_NO_SETTINGS = (TAG, "source", "options", "with_gpu")

#: What the field calls a setting → its name here, for hints.
SHORT_NAMES = {
    "lr": "learning_rate",
    "rate": "learning_rate",
    "learningrate": "learning_rate",
    "wd": "weight_decay",
    "bs": "batch_size",
    "batch": "batch_size",
    "batchsize": "batch_size",
    "epoch": "epochs",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "opt": "optimizer.name",
    "optim": "optimizer.name",
    "optimizer": "optimizer.name",
    "mom": "momentum",
    "sched": "schedule",
    "scheduler": "schedule",
    "lr_schedule": "schedule",
    "loss_fn": "loss",
    "aug": "augment",
    "arch": "model",
    "network": "model",
    "amp": "mixed_precision",
    "fp16": "mixed_precision",
    "jit": "xla",
    "workers": "threads",
    "num_workers": "threads",
    "random_seed": "seed",
    "random_state": "seed",
    "seeds": "repeats",
    "n_repeats": "repeats",
    "classes": "class_names",
    "labels": "class_names",
    "input_shape": "shape",
    "image_size": "shape",
    "img_size": "shape",
    "n_train": "train_limit",
    "n_test": "test_limit",
    "val_fraction": "eval_fraction",
    "validation_split": "eval_fraction",
    "test_size": "test_fraction",
}


def override(experiment: Experiment, assignments: Sequence[str]) -> Experiment:
    """Applies `dotted.name=value` assignments in order, then checks the whole.

    Raises:
      UserError: an assignment names no setting, or the setting cannot have its value.
    """
    plain = to_plain(experiment)
    # A whole data set comes first, so that the order of options does not matter.
    for assignment in sorted(assignments, key=lambda text: not text.startswith(f"{_DATA_SET}=")):
        name, equals, text = assignment.partition("=")
        if not equals:
            raise UserError(f"--set {assignment}: write it as name=value")
        if name == _DATA_SET:
            plain[name] = to_plain(data_set(text))
        else:
            _assign(plain, name, text)
    changed = from_plain(Experiment, plain)
    if changed.with_gpu:  # a mistake in it shows on machines without one, too
        override(dataclasses.replace(changed, with_gpu=()), changed.with_gpu)
    return changed


def dotted(experiment: Experiment) -> dict[str, Any]:
    """All settings of an experiment by their dotted names, as JSON's types."""
    return dict(_dotted(to_plain(experiment), ""))


def _dotted(plain: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in plain.items():
        if name in _NO_SETTINGS:
            continue
        if isinstance(value, Mapping):
            pairs += _dotted(value, f"{prefix}{name}.")
        else:
            pairs.append((prefix + name, value))
    return pairs


def _assign(plain: dict[str, Any], name: str, text: str) -> None:
    known = dict(_dotted(plain, ""))
    *parents, last = name.split(".")
    if len(parents) == 2 and parents[0] in ROLES and parents[1] in _OF_THE_MODEL and last:
        values = [_plain_value(part.strip()) for part in text.split(",")]
        several = parents[1] == _CHOICES
        plain[parents[0]][parents[1]][last] = values if several else _plain_value(text)
        return
    if name not in known:
        hint = did_you_mean(name, known, SHORT_NAMES)
        raise UserError(f"--set {name}: no such setting; {hint}")
    for parent in parents:
        plain = plain[parent]
    if isinstance(known[name], list):
        plain[last] = [part.strip() for part in text.split(",")] if text else []
    else:
        plain[last] = text


def _plain_value(text: str) -> bool | int | float | str:
    """A number or truth value where the text is one, else the text."""
    try:
        value = json.loads(text.lower() if text in ("True", "False") else text)
    except ValueError:
        return text
    return value if isinstance(value, (bool, int, float)) else text

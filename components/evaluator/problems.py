"""Why two models cannot be compared, in words, and what to change: of `learned`'s checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from components.evaluator.learned import (
    CHECKS,
    FINISHED,
    LEARNED,
    MARGIN,
    SETTLED,
    Learning,
    failing,
    wilson_low,
    worst,
)

# A training of fewer steps is first of all a short one.
_FEW_STEPS = 1_000
# With so many epochs a rise can be told from noise.
_ENOUGH_EPOCHS = 3


@dataclass(frozen=True)
class Problem:
    """Why a model cannot be compared.

    Attributes:
      check: "settled", "learned" or "finished".
      role: of the arm.
      seed: of the training; of several, the worst.
      seeds: of how many trainings of the arm it is true.
      text: what is wrong, as the rest of a sentence that begins with the model.
      settings: what to change it by: dotted name → value.
      advice: likewise in words, where there is no such setting.
    """

    check: str
    role: str
    seed: int
    seeds: int
    text: str
    settings: dict[str, int | float] = field(default_factory=dict)
    advice: str = ""


def problems(models: Sequence[Learning], class_names: Sequence[str]) -> list[Problem]:
    """What is wrong with the models of both arms; what explains the rest comes first.

    Args:
      models: all trained models.
      class_names: names of the classes 0, 1, …
    """
    words = {
        SETTLED: lambda model: _unsettled(model),
        LEARNED: lambda model: _not_learned(model, class_names),
        FINISHED: lambda model: _unfinished(model),
    }
    left = []
    for check in CHECKS:
        for role in dict.fromkeys(model.role for model in models):
            seeds = sum(check in failing(m) for m in models if m.role == role)
            if seeds:
                model = worst(models, role, check)
                left.append(Problem(check, role, model.record.seed, seeds, **words[check](model)))
    return left


def settings_to_change(found: Sequence[Problem]) -> str:
    """What to change, as it is typed: `--set candidate.epochs=31`; else in words.

    Where several problems name a setting, the larger number of epochs counts.
    """
    values: dict[str, int | float] = {}
    for problem in found:
        for name, value in problem.settings.items():
            values[name] = max(value, values.get(name, value))
    if values:
        return " ".join(f"--set {name}={_plain(value)}" for name, value in values.items())
    return "; ".join(dict.fromkeys(problem.advice for problem in found))


def _plain(value: int | float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _unsettled(model: Learning) -> dict[str, Any]:
    record, measured = model.record, model.record.normalization
    assert measured
    assert model.needed_steps
    by_batches, by_averages = (
        right / measured.pictures for right in (measured.batches_right, measured.averages_right)
    )
    text = (
        f"is not served as it was trained: on {measured.pictures:,} training pictures its accuracy "
        f"is {by_batches:.4f} with each batch's statistics and {by_averages:.4f} with the moving "
        f"averages of Batch Normalization, which have not settled after {record.steps:,} steps"
    )
    left = model.needed_steps - record.steps_before
    if record.epochs * record.steps_per_epoch < left:
        epochs = math.ceil(left / record.steps_per_epoch)
        text += f"; they need about {model.needed_steps:,} ({epochs} epochs)"
        return {"text": text, "settings": {f"{model.role}.epochs": epochs}}
    text += ": its weights move on faster than they follow"
    return {"text": text, "settings": _lower_rate(model)}


def _not_learned(model: Learning, class_names: Sequence[str]) -> dict[str, Any]:
    record, majority = model.record, class_names[model.majority_class]
    if model.majority_share == 1:
        text = f"cannot show what it has learned: all test pictures are of class {majority!r}"
        return {"text": text, "advice": "test pictures of more than one class"}
    if model.only_answer is not None:
        text = f"says {class_names[model.only_answer]!r} of every test picture"
    else:
        text = (
            "is not shown to be better than saying the most frequent class of every test picture: "
            f"its accuracy is {model.accuracy:.4f}, and {model.accuracy_low:.4f} or more (95 %), "
            f"where {majority!r} alone has {model.majority_share:.4f}"
        )
    low = wilson_low(round(record.train_accuracy * record.train_pictures), record.train_pictures)
    if low > model.majority_share + 5 * MARGIN:
        text += f"; it knows its training pictures ({record.train_accuracy:.4f}), and no others"
        return {"text": text, "advice": "more training pictures"}
    if record.epochs * record.steps_per_epoch < _FEW_STEPS:
        return {"text": text, "settings": {f"{model.role}.epochs": max(4 * record.epochs, 10)}}
    return {"text": text, "settings": _lower_rate(model)}


def _unfinished(model: Learning) -> dict[str, Any]:
    settings = {f"{model.role}.epochs": max(2 * model.record.epochs, _ENOUGH_EPOCHS)}
    if model.rise is None:
        text = "was trained for one epoch, which does not tell whether it has finished learning"
        return {"text": text, "settings": settings}
    text = (
        f"has not finished learning: over its last {model.rise_epochs} epochs its accuracy on the "
        f"held-out pictures (split eval) still rose by {100 * model.rise:.1f} points"
    )
    return {"text": text, "settings": settings}


def _lower_rate(model: Learning) -> dict[str, int | float]:
    return {f"{model.role}.optimizer.learning_rate": model.record.learning_rate / 10}

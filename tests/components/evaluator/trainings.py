"""Trainings whose course is known, for tests of what is made of them."""

from __future__ import annotations

from typing import Any

from components.learning_record import LearningRecord, Normalization


def a_record(**changes: Any) -> LearningRecord:
    """A training of ten epochs of 100 steps that has learned, settled and finished."""
    values: dict[str, Any] = {
        "seed": 1,
        "steps_per_epoch": 100,
        "learning_rate": 0.001,
        "schedule": "constant",
        "train_accuracy": 0.95,
        "train_pictures": 5000,
        "eval_pictures": 1000,
        "eval_accuracy": [0.5, 0.7, 0.8, 0.85, 0.87, 0.88, 0.881, 0.88, 0.882, 0.881],
        "normalization": None,
        **changes,
    }
    curve = values["eval_accuracy"]
    best = curve.index(max(curve)) + 1
    return LearningRecord(**{"epochs": len(curve), "best_epoch": best, **values})


def normalized(*, averages: int, batches: int, both: int, pictures: int = 1000) -> Normalization:
    """A model with Batch Normalization that gets so many pictures right, `both` either way."""
    return Normalization(
        momentum=0.99,
        pictures=pictures,
        averages_right=averages,
        batches_right=batches,
        only_averages_right=averages - both,
        only_batches_right=batches - both,
    )

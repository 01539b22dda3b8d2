"""The state of a training after its last finished epoch, on disk.

A training that is killed goes on from here. A state is a folder `epoch-0003`, written under
another name first and then renamed, so what bears the name is complete.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

Weights = list[np.ndarray]


class State(NamedTuple):
    """A training after some epochs.

    Attributes:
      history: one dictionary of figures an epoch, the first epoch first.
      variables: values of all variables of model and optimizer.
      best_epoch: index of the best epoch in `history`.
      best_weights: the model's weights after it.
    """

    history: list[dict[str, float]]
    variables: Weights
    best_epoch: int
    best_weights: Weights


def all_variables(model: keras.Model) -> list[Any]:
    """The variables that a restart needs: weights, random states, and the optimizer's."""
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def save(folder: Path, state: State) -> None:
    """Writes a state and removes the one before it."""
    name = f"epoch-{len(state.history):04d}"
    unfinished = folder / f"{name}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    np.savez(unfinished / "variables.npz", *state.variables)
    np.savez(unfinished / "best.npz", *state.best_weights)
    text = json.dumps({"history": state.history, "best_epoch": state.best_epoch})
    (unfinished / "state.json").write_text(text)
    unfinished.rename(folder / name)
    for other in folder.iterdir():
        if other.name != name:
            shutil.rmtree(other)


def restore(folder: Path) -> State | None:
    """Reads the newest complete state; None where there is none."""
    complete = sorted(p for p in folder.glob("epoch-*") if not p.name.endswith(".part"))
    if not complete:
        return None
    saved = json.loads((complete[-1] / "state.json").read_text())
    return State(
        history=saved["history"],
        variables=_arrays(complete[-1] / "variables.npz"),
        best_epoch=saved["best_epoch"],
        best_weights=_arrays(complete[-1] / "best.npz"),
    )


def _arrays(path: Path) -> Weights:
    with np.load(path) as file:
        return [file[f"arr_{index}"] for index in range(len(file.files))]

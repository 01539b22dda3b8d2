"""The state of a training after its last finished epoch, on disk.

A training that is killed goes on from here. A state is a folder `epoch-0003` with a manifest, which
is written last; the state before it stays, in case that this one is damaged.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from components import manifest

_KEPT = 2  # states

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
    """Writes a state and removes all but the one before it."""
    name = f"epoch-{len(state.history):04d}"
    unfinished = folder / f"{name}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    np.savez(unfinished / "variables.npz", *state.variables)
    np.savez(unfinished / "best.npz", *state.best_weights)
    text = json.dumps({"history": state.history, "best_epoch": state.best_epoch})
    (unfinished / "state.json").write_text(text)
    manifest.remove(folder / name)
    unfinished.rename(folder / name)
    manifest.write_manifest(folder / name)
    for other in _states(folder)[:-_KEPT]:
        manifest.remove(other)


def restore(folder: Path, damaged: Callable[[str], None]) -> State | None:
    """Reads the newest state that is whole; None where there is none.

    Args:
      folder: that `save` wrote into.
      damaged: is called with what is wrong, in a sentence, for each newer state that is not. That
        state is removed.
    """
    for saved in reversed(_states(folder)):
        if wrong := manifest.damage(saved):
            damaged(f"the training's state after {saved.name} is damaged ({wrong})")
            manifest.remove(saved)
            continue
        content = json.loads((saved / "state.json").read_text())
        return State(
            history=content["history"],
            variables=_arrays(saved / "variables.npz"),
            best_epoch=content["best_epoch"],
            best_weights=_arrays(saved / "best.npz"),
        )
    return None


def _states(folder: Path) -> list[Path]:
    """The folders of states, the oldest first."""
    return sorted(path for path in folder.glob("epoch-*") if not path.suffix)


def _arrays(path: Path) -> Weights:
    with np.load(path) as file:
        return [file[f"arr_{index}"] for index in range(len(file.files))]

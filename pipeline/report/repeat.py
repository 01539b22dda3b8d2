"""Commands that repeat a run, as they are typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from pipeline.datasets.locate import SAMPLE
from pipeline.experiments import EXPERIMENTS
from pipeline.runs.result import Summary
from pipeline.settings.overrides import dotted
from pipeline.settings.own_pictures import of_classes

_PROGRAM = "python -m pipeline"
#: Which part of a data set is used: these can be set whatever the data set is.
_SELECTION = (
    *("train_limit", "test_limit", "data_subset", "test_fraction", "draw", "train_draw"),
    *("eval_fraction", "max_broken", "max_leaked", "max_label_skew", "max_brightness_skew"),
)
# What `--data FOLDER` alone makes another, where the classes are the folder's.
_OF_FOLDER = ("dataset.title", "dataset.class_names", "dataset.folder")
# What only a run's model may have.
_OF_A_MODEL = re.compile(r"(baseline|candidate)\.(arguments|choices)\.\w+")
_OPTIONS = {
    "repeats": "--repeats",
    "seed": "--seed",
    "tuning.trials": "--tune",
    "base_model": "--base-model",
}


def run_command(summary: Summary, changes: Mapping[str, Any] | None = None, data: str = "") -> str:
    """The command that runs a run's experiment again with the same settings.

    FOLDER, NAME and MODULE:NAME stand in it for what the run's figures do not hold: where a user's
    data lie, a data set that is not the experiment's own, and where a user's experiment is.

    Args:
      summary: of the run.
      changes: settings that shall be others, by their dotted names.
      data: where the data are to come from, as `--data` takes it; "" where the run's came from.
    """
    changes, settings = dict(changes or {}), summary.settings
    words = [*_PROGRAM.split(), "run"]
    of_folder = settings.get("variant_of")
    name = of_folder or summary.experiment
    if name in EXPERIMENTS:
        words.append(name)
        experiment = EXPERIMENTS[name]
        if of_folder:
            experiment = of_classes(experiment, len(summary.class_names))
        changes = {**_differing(dotted(experiment), settings), **changes}
    else:
        words.append("MODULE:NAME")
    words += ["--data", data or _data(summary.data_kind)]
    if changes.pop("redraw", False):
        words.append("--redraw")
    for name, value in changes.items():
        option = _OPTIONS.get(name)
        words += [option, str(value)] if option else ["--set", f"{name}={_typed(value)}"]
    return shlex.join(words)


def of_run(command: str, summary: Summary, *more: str) -> str:
    """Another command about the run."""
    return shlex.join([*_PROGRAM.split(), command, summary.run or "RUN", *more])


def _data(kind: str) -> str:
    """What `--data` was, as far as it is known."""
    if kind == "own":
        return "FOLDER"
    return SAMPLE if kind == SAMPLE else "official"


def _differing(built_in: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not as the experiment has them."""
    changes = {
        name: value
        for name, value in settings.items()
        if value != built_in.get(name) and (name in built_in or _OF_A_MODEL.fullmatch(name))
        if name not in ("name", "question", "variant_of")
    }
    if settings.get("variant_of"):  # the folder says them again
        return {name: value for name, value in changes.items() if name not in _OF_FOLDER}
    if "dataset.title" in changes or "dataset.class_names" in changes:
        kept = {f"dataset.{name}" for name in _SELECTION}
        of_others = {
            name: value
            for name, value in changes.items()
            if not name.startswith("dataset.") or name in kept
        }
        return {"dataset": "NAME", **of_others}
    return changes


def _typed(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(_typed, value))
    return str(value).lower() if isinstance(value, bool) else str(value)

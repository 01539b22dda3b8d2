"""The built-in experiments, a file each.

An experiment is plain data. Add one by making an `Experiment` in a module of your own and
running it by its import path: `python -m pipeline run my_module:MY_EXPERIMENT`. A module in this
folder with an `EXPERIMENT` is found by itself.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import TypeVar

from components.code import plugins
from components.errors import UserError
from components.hints import did_you_mean
from pipeline.datasets.data_set import data_set
from pipeline.settings.experiment import Arm, DataSet, Experiment, Gate, Optimizer, TransferArm

__all__ = [
    "EXPERIMENTS",
    "Arm",
    "DataSet",
    "Experiment",
    "Gate",
    "Optimizer",
    "TransferArm",
    "data_set",
    "find",
    "find_experiment",
]

T = TypeVar("T")

# Somebody's `module.NAME`, in the way of other import paths.
_WITH_DOT = re.compile(r"[\w.]+\.\w+")

#: By name.
EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment for experiment in plugins(__name__, "EXPERIMENT").values()
}


def find_experiment(name: str) -> Experiment:
    """Returns a built-in experiment by name, or one of your own by `module:NAME`.

    Raises:
      UserError: there is none; the text names what there is.
    """
    return find(name, Experiment, EXPERIMENTS)


def find(name: str, kind: type[T], built_in: Mapping[str, T]) -> T:
    """Returns what a name of the command line means: built in, or of the user's own.

    Args:
      name: of something built in, or `module:NAME`.
      kind: what it must be.
      built_in: by name.

    Raises:
      UserError: there is none; the text names what there is.
    """
    what = kind.__name__
    module_name, _, attribute = name.partition(":")
    if module_name and attribute:
        try:
            value = getattr(importlib.import_module(module_name), attribute, None)
        except ModuleNotFoundError as error:
            raise UserError(
                f"no module {error.name!r} for {name!r}: check the name, and that its folder "
                "is the current one or on PYTHONPATH"
            ) from error
        except UserError as error:  # of a settings class, made in that module
            raise UserError(f"{module_name}: {error}") from error
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise UserError(
                f"{module_name} cannot be imported: {type(error).__name__}: {reason}"
            ) from error
        if not isinstance(value, kind):
            raise UserError(f"{module_name} has no {what} named {attribute!r}")
        return value
    if name not in built_in:
        hint = did_you_mean(name, built_in)
        if _WITH_DOT.fullmatch(name):
            hint = f"one of your own is written with a colon, {':'.join(name.rsplit('.', 1))}"
        raise UserError(f"unknown {what.lower()} {name!r}: {hint}")
    return built_in[name]

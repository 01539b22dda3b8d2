"""The built-in experiments, a file each.

An experiment is plain data. Add one by making an `Experiment` in a module of your own and
running it by its import path: `python -m pipeline run my_module:MY_EXPERIMENT`. A module in this
folder with an `EXPERIMENT` is found by itself.
"""

from __future__ import annotations

import importlib
import re

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
    "find_experiment",
]

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
        if not isinstance(value, Experiment):
            raise UserError(f"{module_name} has no Experiment named {attribute!r}")
        return value
    if name not in EXPERIMENTS:
        hint = did_you_mean(name, EXPERIMENTS)
        if _WITH_DOT.fullmatch(name):
            hint = f"one of your own is written with a colon, {':'.join(name.rsplit('.', 1))}"
        raise UserError(f"unknown experiment {name!r}: {hint}")
    return EXPERIMENTS[name]

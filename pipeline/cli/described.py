"""How an experiment's description looks on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from pipeline.report.text import in_terminal

if TYPE_CHECKING:
    from pipeline.description import Description, Model

_DIFFERS = "≠"
_LONGEST = 48  # characters of a value: import paths fit


def print_description(description: Description) -> None:
    """Prints it: the question, both arms' settings, both models' layers, all other settings."""
    out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    out.print(in_terminal(f"{description.name}: {description.question}"))
    out.print()
    out.print(_arms(description))
    for role, model in (("baseline", description.baseline), ("candidate", description.candidate)):
        out.print()
        out.print(in_terminal(f"{role}: {model.title}", "bold"))
        out.print(_layers(model))
        frozen = model.parameters - model.trained
        of_them = f", {frozen:,} of them are not trained" if frozen else ""
        out.print(f"{model.parameters:,} parameters{of_them}")
    out.print()
    policy = ", ".join(description.policy) or "none: no arm augments"
    out.print(in_terminal(f"augmentation: {policy}"))
    out.print()
    for name, value in description.settings.items():
        out.print(in_terminal(f"{name} = {_shown(value)}"))


def _arms(description: Description) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "setting", "baseline", "candidate"):
        table.add_column(column, no_wrap=True)
    for setting in description.arms:
        table.add_row(
            _DIFFERS if setting.differs else "",
            in_terminal(setting.name),
            in_terminal(_shown(setting.baseline), longest=_LONGEST),
            in_terminal(_shown(setting.candidate), longest=_LONGEST),
            style="bold" if setting.differs else "",
        )
    return table


def _layers(model: Model) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("layer", "name", "output"):
        table.add_column(column, no_wrap=True)
    table.add_column("parameters", justify="right", no_wrap=True)
    for layer in model.layers:
        table.add_row(
            in_terminal(layer.kind),
            in_terminal(layer.name, longest=_LONGEST),
            " × ".join(map(str, layer.shape)),
            f"{layer.parameters:,}",
        )
    return table


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)

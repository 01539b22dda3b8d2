"""How an experiment's description looks on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from pipeline.cli.terminal import console_for_tables
from pipeline.report.text import in_terminal

if TYPE_CHECKING:
    from pipeline.description import Description, Model

_DIFFERS = "≠"
_SHORTEST = 12  # characters of a value
_LONGEST = 48  # of a layer's name


def print_description(description: Description) -> None:
    """Prints it: the question, both arms' settings, both models' layers, all other settings."""
    out = console_for_tables()
    out.print(in_terminal(f"{description.name}: {description.question}"))
    out.print()
    out.print(_arms(description, out.width))
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


def _arms(description: Description, width: int) -> Table:
    names = max((len(setting.name) for setting in description.arms), default=0)
    # What is beside the two columns of values: the mark, the names, a space after each column.
    room = max(_SHORTEST, (width - len(_DIFFERS) - names - 4) // 2)
    table = Table(box=None, pad_edge=False)
    for column in ("", "setting", "baseline", "candidate"):
        table.add_column(column, no_wrap=True)
    table.columns[0].min_width, table.columns[1].min_width = len(_DIFFERS), names
    for setting in description.arms:
        table.add_row(
            _DIFFERS if setting.differs else "",
            in_terminal(setting.name),
            in_terminal(_shown(setting.baseline), longest=room),
            in_terminal(_shown(setting.candidate), longest=room),
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

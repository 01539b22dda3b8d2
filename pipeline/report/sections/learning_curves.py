"""Learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.report.plots import COLOURS, MARKERS, Plot, add_legend, in_legend, new_figure
from pipeline.report.section import SummarySection
from pipeline.report.table import Cell, Table, number
from pipeline.runs.result import Summary


class LearningCurves(SummarySection):
    """Accuracy and loss of both arms by epoch; of the first seed."""

    order, title = 30, "Learning curves"
    template = """
{{ plots_of(plots) }}
<p class="note">Dashed: on the training pictures, while training, with Dropout and augmentation at
work. Solid: on the held-out pictures (split eval) after each epoch. Dashed is of a model in motion,
solid of one that stands still; their distance is not the gap. Kept were the weights of epoch
{{ s.baseline.best_epoch }} (baseline) and {{ s.candidate.best_epoch }} (candidate).</p>
"""

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """Accuracy and loss."""
        return draw_curves(
            [arm.title for arm in figures.arms], [arm.curves for arm in figures.arms]
        )


def draw_curves(
    titles: Sequence[str], histories: Sequence[Sequence[Mapping[str, float]]]
) -> list[Plot]:
    """Draws accuracy and loss on training and held-out pictures, by epoch.

    Args:
      titles: of baseline and candidate.
      histories: of both, see `components.trainer.fit.Fit`.
    """
    plots = []
    for name in ("accuracy", "loss"):
        figure, axes = new_figure()
        for index, (title, history) in enumerate(zip(titles, histories, strict=True)):
            for prefix, split in (("", "train"), ("eval_", "eval")):
                _line(axes, index, history, f"{prefix}{name}", in_legend(title, f", {split}"))
        axes.set_xlabel("epoch")
        axes.set_title(name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        add_legend(figure)
        text = f"{name} of both models by epoch, on training and held-out pictures"
        plots.append(Plot(f"curves-{name}", text, figure, _numbers(name, titles, histories)))
    return plots


def _line(
    axes: Any, arm: int, history: Sequence[Mapping[str, float]], field: str, label: str
) -> None:
    """An arm's line: of the held-out pictures solid and filled, of the training ones not."""
    held_out = field.startswith("eval_")
    axes.plot(
        [int(row["epoch"]) for row in history],
        [row[field] for row in history],
        linestyle="-" if held_out else "--",
        linewidth=1.6 if held_out else 1.1,
        color=COLOURS[arm],
        marker=MARKERS[arm],
        markersize=4.5,
        markerfacecolor=COLOURS[arm] if held_out else "white",
        # Markers that do not lie on each other, and few where epochs are many.
        markevery=(arm * len(history) // 20, max(1, len(history) // 8)),
        label=label,
    )


def _numbers(
    name: str, titles: Sequence[str], histories: Sequence[Sequence[Mapping[str, float]]]
) -> Table:
    longest = max(map(len, histories))
    rows: list[Sequence[Cell]] = []
    for epoch in range(longest):
        of_epoch = [history[epoch] if epoch < len(history) else None for history in histories]
        cells = [
            number(row[prefix + name], 4) if row else ""
            for row in of_epoch
            for prefix in ("eval_", "")
        ]
        rows.append((number(epoch + 1, 0), *cells))
    columns = [f"{title}, {split}" for title in titles for split in ("eval", "train")]
    return Table(f"{name} by epoch", ("epoch", *columns), rows)


SECTION = LearningCurves()

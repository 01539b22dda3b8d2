"""Learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.report.plots import COLOURS, Plot, add_legend, new_figure
from pipeline.report.section import SummarySection
from pipeline.report.text import in_plot
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
        for title, history, colour in zip(titles, histories, COLOURS, strict=True):
            for prefix, style, split in (("", "--", "train"), ("eval_", "-", "eval")):
                values = [row[prefix + name] for row in history]
                _line(axes, history, values, style, colour, f"{in_plot(title)}, {split}")
        _finish(axes, name)
        add_legend(figure)
        text = f"{name} of both models by epoch, on training and held-out pictures"
        plots.append(Plot(f"curves-{name}", text, figure))
    return plots


def _line(
    axes: Any,
    history: Sequence[Mapping[str, float]],
    values: Sequence[float],
    style: str,
    colour: str,
    label: str,
) -> None:
    epochs = [int(row["epoch"]) for row in history]
    axes.plot(epochs, values, style, color=colour, label=label, marker=".")


def _finish(axes: Any, title: str) -> None:
    axes.set_xlabel("epoch")
    axes.set_title(title)
    axes.xaxis.get_major_locator().set_params(integer=True)


SECTION = LearningCurves()

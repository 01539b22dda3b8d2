"""Learning curves, and the gap between training and held-out pictures, by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.report.plots import COLOURS, GREY, Plot, add_legend, new_figure
from pipeline.report.section import SummarySection
from pipeline.runs.result import Summary


class LearningCurves(SummarySection):
    """Accuracy, loss and gap of both arms by epoch; of the first seed."""

    order, title = 30, "Learning curves and generalization gap"
    template = """
{{ plots_of(plots) }}
<p class="note">Dashed: on the training pictures, while training, with Dropout and augmentation at
work. Solid: on the held-out pictures (split eval) after each epoch. The gap is the distance between
the two: a model that learns its training pictures by heart shows a wide one. Kept were the weights
of epoch {{ s.baseline.best_epoch }} (baseline) and {{ s.candidate.best_epoch }} (candidate).</p>
"""

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """Accuracy, loss and gap."""
        return draw_curves(
            [arm.title for arm in figures.arms], [arm.curves for arm in figures.arms]
        )


def draw_curves(
    titles: Sequence[str], histories: Sequence[Sequence[Mapping[str, float]]]
) -> list[Plot]:
    """Draws accuracy, loss, and the gap between training and held-out pictures, by epoch.

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
                _line(axes, history, values, style, colour, f"{title}, {split}")
        _finish(axes, name)
        add_legend(figure)
        text = f"{name} of both models by epoch, on training and held-out pictures"
        plots.append(Plot(f"curves-{name}", text, figure))
    figure, axes = new_figure()
    for title, history, colour in zip(titles, histories, COLOURS, strict=True):
        gaps = [row["accuracy"] - row["eval_accuracy"] for row in history]
        _line(axes, history, gaps, "-", colour, title)
    axes.axhline(0, color=GREY, linewidth=0.6)
    _finish(axes, "gap: train − eval accuracy")
    add_legend(figure)
    text = "generalization gap of both models by epoch: train minus eval accuracy"
    return [*plots, Plot("curves-gap", text, figure)]


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

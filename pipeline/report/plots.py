"""The report's plots: small figures, each for one thing, that a phone shows one below the other.

Their grey text and clear ground are readable on white and on black.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from components.evaluator.corruptions import CORRUPTIONS
from components.evaluator.measures import Calibration, shares_of_class
from components.evaluator.robustness import Robustness
from components.names import ROLES

#: Of the baseline and of the candidate.
COLOURS = ("#c2703d", "#2f7fbf")
_GREY = "#808080"
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.family": "sans-serif",
    "font.size": 9,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor"), _GREY),
    **dict.fromkeys(("xtick.color", "ytick.color"), _GREY),
}


class Plot(NamedTuple):
    """A plot.

    Attributes:
      name: of its PNG file, without the ending.
      text: what it shows, for those who cannot see it.
      figure: see `as_svg` and `as_png`.
    """

    name: str
    text: str
    figure: Figure


def as_svg(plot: Plot) -> bytes:
    """A plot as an SVG file with a clear ground."""
    return _saved(plot.figure, format="svg", metadata={"Date": None})


def as_png(plot: Plot) -> bytes:
    """A plot as a PNG file with a clear ground."""
    return _saved(plot.figure, format="png", dpi=150, metadata={"Software": None})


def curves(titles: Sequence[str], histories: Sequence[Sequence[Mapping[str, float]]]) -> list[Plot]:
    """Accuracy, loss, and the gap between training and held-out pictures, by epoch.

    Args:
      titles: of baseline and candidate.
      histories: of both, see `components.trainer.fit.Fit`.
    """
    plots = []
    for name in ("accuracy", "loss"):
        figure, axes = _new()
        draw_curves(axes, titles, histories, name)
        text = f"{name} of both models by epoch, on training and held-out pictures"
        plots.append(_finished(f"curves-{name}", text, figure, axes, name))
    figure, axes = _new()
    for title, history, colour in zip(titles, histories, COLOURS, strict=True):
        gaps = [row["accuracy"] - row["eval_accuracy"] for row in history]
        _line(axes, history, gaps, "-", colour, title)
    axes.axhline(0, color=_GREY, linewidth=0.6)
    text = "generalization gap of both models by epoch: train minus eval accuracy"
    plots.append(_finished("curves-gap", text, figure, axes, "gap: train − eval accuracy"))
    return plots


def draw_curves(
    axes: Any,
    titles: Sequence[str],
    histories: Sequence[Sequence[Mapping[str, float]]],
    name: str,
) -> None:
    """Draws "accuracy" or "loss" by epoch: dashed on the training pictures, solid on held-out ones.

    Args:
      axes: where to.
      titles: see `curves`.
      histories: see `curves`.
      name: of the figure.
    """
    for title, history, colour in zip(titles, histories, COLOURS, strict=True):
        for prefix, style, split in (("", "--", "train"), ("eval_", "-", "eval")):
            values = [row[prefix + name] for row in history]
            _line(axes, history, values, style, colour, f"{title}, {split}")


def confusion(
    titles: Sequence[str], matrices: Sequence[np.ndarray], class_names: Sequence[str]
) -> list[Plot]:
    """Both confusion matrices and their difference, in per cent of each true class.

    Args:
      titles: of baseline and candidate.
      matrices: int [true class, predicted class] of both.
      class_names: names of the classes 0, 1, …
    """
    baseline, candidate = (shares_of_class(matrix) for matrix in matrices)
    difference = candidate - baseline
    return [
        _matrix("confusion-baseline", titles[0], baseline, class_names, signed=False),
        _matrix("confusion-candidate", titles[1], candidate, class_names, signed=False),
        _matrix("confusion-difference", "difference", difference, class_names, signed=True),
    ]


def calibration(titles: Sequence[str], found: Sequence[Calibration]) -> Plot:
    """Reliability diagram: accuracy by confidence."""
    figure, axes = _new()
    axes.plot([0, 1], [0, 1], ":", color=_GREY, label="confidence = accuracy")
    for title, one, colour in zip(titles, found, COLOURS, strict=True):
        label = f"{title}, error {one.error:.3f}"
        axes.plot(one.confidence, one.accuracy, "o-", color=colour, label=label, markersize=4)
    axes.set_xlabel("confidence")
    axes.set_ylabel("accuracy")
    _legend(figure)
    errors = ", ".join(f"{t} {one.error:.3f}" for t, one in zip(titles, found, strict=True))
    text = f"accuracy by confidence; expected calibration error: {errors}"
    return Plot("calibration", text, figure)


def robustness(titles: Sequence[str], found: Robustness) -> list[Plot]:
    """Accuracy of both models by severity, a plot for each corruption."""
    plots: list[Plot] = []
    lowest = min(min(row.baseline_accuracy, row.candidate_accuracy) for row in found.rows)
    for corruption in CORRUPTIONS:
        rows = [found.clean, *(row for row in found.rows if row.corruption == corruption.name)]
        figure, axes = _new((2.8, 3.0))
        for title, role, colour in zip(titles, ROLES, COLOURS, strict=True):
            accuracies = [getattr(row, f"{role}_accuracy") for row in rows]
            axes.plot(range(len(rows)), accuracies, "o-", color=colour, label=title, markersize=4)
        axes.set_ylim(max(0.0, lowest - 0.05), 1.02)
        axes.set_xticks(range(len(rows)), ["none", "1", "2", "3"])
        axes.set_xlabel("severity")
        axes.set_title(corruption.name)
        _legend(figure)
        text = f"accuracy of both models on test pictures corrupted by {corruption.name}"
        plots.append(Plot(f"robustness-{corruption.name}", text, figure))
    return plots


def _new(size: tuple[float, float] = (4.4, 4.0)) -> tuple[Figure, Any]:
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        return figure, figure.subplots()


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


def _finished(name: str, text: str, figure: Figure, axes: Any, title: str) -> Plot:
    axes.set_xlabel("epoch")
    axes.set_title(title)
    axes.xaxis.get_major_locator().set_params(integer=True)
    _legend(figure)
    return Plot(name, text, figure)


def _legend(figure: Figure) -> None:
    """Below the axes, where it covers nothing."""
    figure.legend(
        loc="outside lower center", ncols=1, frameon=False, fontsize="small", labelcolor=_GREY
    )


def _matrix(
    name: str, title: str, shares: np.ndarray, class_names: Sequence[str], *, signed: bool
) -> Plot:
    side = 2.4 + 0.24 * len(class_names)
    figure, axes = _new((side, side))
    draw_matrix(axes, title, shares, class_names, signed=signed)
    what = "difference of the confusion matrices" if signed else f"confusion matrix of {title}"
    return Plot(name, f"{what}, in per cent of each true class", figure)


def draw_matrix(
    axes: Any, title: str, shares: np.ndarray, class_names: Sequence[str], *, signed: bool = False
) -> None:
    """Draws a confusion matrix, or a difference of two, with its figures in per cent.

    Args:
      axes: where to.
      title: above it.
      shares: float [true class, predicted class], of each true class, 0 … 1; -1 … 1 if `signed`.
      class_names: names of the classes 0, 1, …
      signed: whether it is a difference.
    """
    reach = max(float(np.abs(shares).max()), 0.01) if signed else 1.0
    axes.imshow(
        shares, cmap="RdBu" if signed else "Blues", vmin=-reach if signed else 0, vmax=reach
    )
    for (row, column), value in np.ndenumerate(shares):
        if abs(value) >= 0.005:
            text = f"{100 * value:+.0f}" if signed else f"{100 * value:.0f}"
            colour = "white" if abs(value) > 0.6 * reach else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=7)
    axes.set_title(title)
    axes.set_xticks(range(len(class_names)), class_names, rotation=60, ha="right")
    axes.set_yticks(range(len(class_names)), class_names)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")


def _saved(figure: Figure, **settings: Any) -> bytes:
    file = io.BytesIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(file, transparent=True, **settings)
    return file.getvalue()

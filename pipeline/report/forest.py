"""Differences with their intervals, a row each, against zero and what is too little to matter."""

from __future__ import annotations

from collections.abc import Sequence

from components.evaluator.intervals import Interval
from pipeline.report.plots import (
    BAND,
    COLOURS,
    INK,
    LINE,
    MARKERS,
    SMALL,
    WIDTH,
    Plot,
    add_legend,
    in_label,
    new_figure,
)
from pipeline.report.table import Table, interval, signed

_HEAD, _ROW = 1.0, 0.26  # inches


def draw_forest(
    name: str,
    text: str,
    rows: Sequence[tuple[str, Interval]],
    *,
    equivalence: float = 0.0,
) -> Plot:
    """Draws differences of two models' accuracies, in points.

    Args:
      name: of the plot.
      text: what it shows.
      rows: what each is a difference of, and the difference, -1 … 1.
      equivalence: differences up to this are practically none, 0 … 1; 0 draws no such band.
    """
    labels = [in_label(label) for label, _ in rows]
    lines = sum(label.count("\n") + 1 for label in labels)
    figure, axes = new_figure((WIDTH, _HEAD + 0.25 * bool(equivalence) + _ROW * max(lines, 2)))
    if equivalence:
        points = f"{100 * equivalence:g}"
        band = f"within ±{points} points: too little to matter"
        axes.axvspan(-100 * equivalence, 100 * equivalence, color=BAND, label=band, zorder=0)
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    for row, (_, bounds) in enumerate(rows):
        low, middle, high = (100 * x for x in (bounds.low, bounds.estimate, bounds.high))
        axes.plot([low, high], [row, row], color=COLOURS[1], linewidth=2.5, zorder=2)
        shown = COLOURS[1] if bounds.leaves_out_zero else "white"
        marker = {"marker": MARKERS[1], "markersize": 6, "markeredgecolor": COLOURS[1]}
        axes.plot([middle], [row], markerfacecolor=shown, **marker, zorder=3)
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x", color=BAND, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("candidate − baseline, in points\n← worse  ·  better →")
    axes.xaxis.label.set_size(SMALL)
    axes.locator_params(axis="x", nbins=6)
    axes.spines["bottom"].set_color(LINE)
    if equivalence:
        add_legend(figure)
    return Plot(name, text, figure, _numbers(text, rows))


def _numbers(text: str, rows: Sequence[tuple[str, Interval]]) -> Table:
    return Table(
        text,
        ("difference of", "points", "95 % interval"),
        [
            (label, signed(100 * bounds.estimate, 2), interval(bounds, 100, 2))
            for label, bounds in rows
        ],
    )

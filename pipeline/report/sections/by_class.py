"""Precision, recall and confusion by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.evaluator.measures import shares_of_class
from pipeline.report.palette import contrast
from pipeline.report.plots import SMALL, Plot, new_figure
from pipeline.report.section import SummarySection
from pipeline.report.table import Cell, Number, Table, number, signed
from pipeline.report.text import in_plot
from pipeline.runs.result import Summary

_LONGEST_LABEL, _LONGEST_TITLE = 14, 30
_SMALLEST, _CELL = 2.4, 0.24  # inches: of a matrix, and of a cell, which "+100" has room in
_MANY, _SMALL_CELL = 20, 0.14  # so many classes have cells without numbers, with room for a name
_LISTED = 200  # pairs of classes among the numbers
_ON = {"ha": "center", "va": "center", "fontsize": SMALL}


class ByClass(SummarySection):
    """What each class's test pictures were taken for; of the first seed."""

    order, title = 40, "By class, on the test pictures"
    template = """
{{ table(section.table(s)) }}
{{ plots_of(plots) }}
<p class="note">Per cent of each true class's pictures. In the difference, blue on the diagonal and
red elsewhere is for the candidate. All figures are in <code>summary.json</code>.</p>
"""

    def table(self, summary: Summary) -> Table:
        """A row a class that has test pictures."""
        baseline, candidate = (arm.evidence for arm in summary.arms)
        rows: list[Sequence[Cell]] = []
        for i, name in enumerate(summary.class_names):
            if not summary.class_counts[name]:
                continue
            rows.append(
                (
                    name,
                    _difference(baseline.recall[i], candidate.recall[i]),
                    number(summary.class_counts[name], 0),
                    *(
                        _share(share)
                        for arm in (baseline, candidate)
                        for share in (arm.recall[i], arm.precision[i])
                    ),
                )
            )
        titles = [
            f"{arm.title}, {what}" for arm in summary.arms for what in ("recall", "precision")
        ]
        columns = ("class", "recall, difference", "pictures", *titles)
        return Table("recall and precision by class", columns, rows)

    def plots(self, figures: Summary) -> Sequence[Plot]:
        """Both confusion matrices and their difference."""
        return draw_confusion(
            [arm.title for arm in figures.arms],
            [np.array(arm.evidence.confusion) for arm in figures.arms],
            figures.class_names,
        )


def draw_confusion(
    titles: Sequence[str], matrices: Sequence[np.ndarray], class_names: Sequence[str]
) -> list[Plot]:
    """Draws both confusion matrices and their difference, in per cent of each true class.

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


def _matrix(
    name: str, title: str, shares: np.ndarray, class_names: Sequence[str], *, signed: bool
) -> Plot:
    """Draws shares of each true class, 0 … 1, or the difference of two, -1 … 1 (`signed`)."""
    import matplotlib

    labels = [in_plot(name, _LONGEST_LABEL) for name in class_names]
    many = len(labels) > _MANY
    side = max(_SMALLEST, 1.1 + (_SMALL_CELL if many else _CELL) * len(labels))
    figure, axes = new_figure((side, side + 0.2))
    reach = max(float(np.abs(shares).max()), 0.01) if signed else 1.0
    lowest = -reach if signed else 0.0
    colours = matplotlib.colormaps["RdBu" if signed else "Blues"]
    axes.imshow(shares, cmap=colours, vmin=lowest, vmax=reach)
    for (row, column), value in np.ndenumerate(shares):
        if round(100 * value) and not many:
            ground = matplotlib.colors.to_hex(colours((value - lowest) / (reach - lowest)))
            axes.text(column, row, _per_cent(value, signed=signed), **_ON, color=_letters(ground))
    axes.set_title(in_plot(title, _LONGEST_TITLE))
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")
    what = "difference of the confusion matrices" if signed else f"confusion matrix of {title}"
    text = f"{what}, in per cent of each true class"
    return Plot(name, text, figure, _numbers(text, shares, class_names, signed=signed))


def _per_cent(share: float, *, signed: bool) -> str:
    return f"{100 * share:+.0f}" if signed else f"{100 * share:.0f}"


def _letters(ground: str) -> str:
    """Black or white, whichever is read better on such a ground."""
    return max(("#000000", "#fffffe"), key=lambda colour: contrast(colour, ground))


def _numbers(text: str, shares: np.ndarray, class_names: Sequence[str], *, signed: bool) -> Table:
    """Each pair of classes with a share that shows, the largest first."""
    pairs = [pair for pair, share in np.ndenumerate(shares) if round(100 * share)]
    pairs.sort(key=lambda pair: -abs(shares[pair]))
    rows: list[Sequence[Cell]] = [
        (
            class_names[pair[0]],
            class_names[pair[1]],
            Number(_per_cent(shares[pair], signed=signed), float(shares[pair])),
        )
        for pair in pairs[:_LISTED]
    ]
    none = ("no pair of classes", "–", Number(_per_cent(0.0, signed=signed), 0.0))
    return Table(text, ("is", "taken for", "per cent"), rows or [none])


def _difference(before: float | None, after: float | None) -> Cell:
    return "–" if before is None or after is None else signed(after - before, 3)


def _share(share: float | None) -> Cell:
    return "–" if share is None else number(share, 3)


SECTION = ByClass()

"""Pictures in rows, labelled, as one PNG file."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.report.plots import INK
from pipeline.report.text import in_plot

_INCHES = 1.5  # a picture's side
_LETTERS = 13  # of the title or a label, in an inch
_LONGEST_HEADING = 500


class Row(NamedTuple):
    """A row of pictures.

    Attributes:
      label: written before it.
      pictures: caption and picture: uint8 0 … 255, or float 0 … 1, [height, width, 1 or 3].
    """

    label: str
    pictures: Sequence[tuple[str, np.ndarray]]


def in_rows(cells: Sequence[tuple[str, np.ndarray]], columns: int = 6) -> list[Row]:
    """Captions and pictures in rows of so many, without labels."""
    return [Row("", cells[start : start + columns]) for start in range(0, len(cells), columns)]


def draw_grid(title: str, rows: Sequence[Row]) -> bytes:
    """Draws rows of pictures under a title; returns a PNG file."""
    import matplotlib
    from matplotlib.figure import Figure

    columns = max(len(row.pictures) for row in rows)
    width = max(columns * _INCHES, 5.0)
    heading = textwrap.fill(in_plot(title, _LONGEST_HEADING), int(width * _LETTERS))
    with matplotlib.rc_context({"font.family": "sans-serif", "font.size": 8, "text.color": INK}):
        height = len(rows) * (_INCHES + 0.25) + 0.2 * (heading.count("\n") + 2)
        figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
        figure.suptitle(heading, fontsize=9)
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for axes in grid.flat:
            axes.axis("off")
        for row, line in zip(rows, grid, strict=True):
            for axes, (caption, picture) in zip(line, row.pictures, strict=False):
                grey = {"cmap": "gray", "vmin": 0, "vmax": 255 if picture.dtype == np.uint8 else 1}
                if picture.shape[-1] == 1:
                    axes.imshow(picture[..., 0], **grey)
                else:
                    axes.imshow(picture)
                axes.set_title("\n".join(map(in_plot, caption.split("\n"))), fontsize=7, pad=2)
            label = in_plot(row.label, int(_INCHES * _LETTERS))
            line[0].text(
                *(-0.08, 0.5, label),
                transform=line[0].transAxes,
                rotation="vertical",
                ha="right",
                va="center",
            )
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()

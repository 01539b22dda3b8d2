"""Pictures in rows, labelled, as one PNG file."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.report.plots import INK
from pipeline.report.text import in_plot

# In inches.
_INCHES, _HEIGHT = 1.5, 1.75  # of a picture with its caption and the gaps around it
_SIDE, _GAP = 1.4, 0.1
_LINE, _LABEL = 0.2, 0.25  # of the title; of the column before the pictures
_NARROWEST = 5.0

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
    """Draws rows of pictures under a title; returns a PNG file.

    All are on one pair of axes, whose unit is an inch: axes of its own for each picture, and a
    layout that is found for them, take many times as long.
    """
    import matplotlib
    from matplotlib.figure import Figure

    left = _LABEL if any(row.label for row in rows) else _GAP
    width = max(left + max(len(row.pictures) for row in rows) * _INCHES, _NARROWEST)
    heading = textwrap.fill(in_plot(title, _LONGEST_HEADING), int(width * _LETTERS))
    with matplotlib.rc_context({"font.family": "sans-serif", "font.size": 8, "text.color": INK}):
        top = _LINE * (heading.count("\n") + 1.5)
        figure = Figure(figsize=(width, top + len(rows) * _HEIGHT), dpi=100)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.text(width / 2, _LINE / 2, heading, fontsize=9, ha="center", va="top")
        for row in rows:
            label, middle = in_plot(row.label, int(_INCHES * _LETTERS)), top + _HEIGHT / 2 + _GAP
            axes.text(left / 2, middle, label, rotation="vertical", ha="center", va="center")
            for number, (caption, picture) in enumerate(row.pictures):
                center = left + number * _INCHES + _SIDE / 2
                high, wide = _SIDE * np.array(picture.shape[:2]) / max(picture.shape[:2]) / 2
                axes.imshow(
                    picture[..., 0] if picture.shape[-1] == 1 else picture,
                    extent=(center - wide, center + wide, middle + high, middle - high),
                    cmap="gray",  # with what follows for those of one channel only
                    vmin=0,
                    vmax=255 if picture.dtype == np.uint8 else 1,
                )
                lines = "\n".join(map(in_plot, caption.split("\n")))
                above = middle - high - _GAP / 4
                axes.text(center, above, lines, fontsize=7, ha="center", va="bottom")
            top += _HEIGHT
        axes.set(xlim=(0, width), ylim=(top, 0))
        axes.axis("off")
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()

"""How plots of the report look: drawn for the width of a phone, and shown in that size anywhere.

Letters are 11 pixels high or more as they are shown. In the page a plot is part of the HTML, so
its colours follow the screen, light or dark; as a file it has a white ground. Matplotlib is
imported where something is drawn, so that commands which only print a run stay quick.
"""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.report.palette import PALETTE
from pipeline.report.table import Table
from pipeline.report.text import in_plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, LINE, BAND = (PALETTE[name].light for name in ("ink", "muted", "line", "band"))
#: Of the baseline and of the candidate: colours, markers, and kinds of line.
COLOURS = (PALETTE["baseline"].light, PALETTE["candidate"].light)
MARKERS, DASHES = ("s", "o"), ((0, (4, 1.5)), "solid")

WIDTH = 3.5  # inches: 336 pixels, which a phone has
SMALL = 8.5  # points: 11.3 pixels
_LONGEST_LABEL, _LONGEST_IN_LEGEND = 20, 44  # letters in a line
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 10,
    "legend.fontsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor"), INK),
    **dict.fromkeys(("xtick.labelcolor", "ytick.labelcolor"), INK),
    **dict.fromkeys(("xtick.color", "ytick.color"), LINE),
}


class Plot(NamedTuple):
    """A plot.

    Attributes:
      name: of its PNG file, without the ending.
      text: what it shows, for those who cannot see it.
      figure: see `as_png`; `pipeline.report.svg` for the page.
      numbers: what is drawn.
    """

    name: str
    text: str
    figure: Figure
    numbers: Table


def new_figure(size: tuple[float, float] = (WIDTH, 3.2)) -> tuple[Figure, Any]:
    """An empty figure and its axes.

    Args:
      size: width and height, in inches.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        return figure, figure.subplots()


def add_legend(figure: Figure) -> None:
    """Below the axes, where it covers nothing."""
    figure.legend(
        loc="outside lower center", ncols=1, frameon=False, fontsize=SMALL, labelcolor=INK
    )


def in_legend(title: str, what: str = "") -> str:
    """A model's title with what is drawn of it, for a legend as wide as a phone."""
    return in_plot(title, _LONGEST_IN_LEGEND - len(what)) + what


def in_label(text: str) -> str:
    """The name of a row, in at most two lines."""
    lines = textwrap.wrap(in_plot(text, 2 * _LONGEST_LABEL - 4), _LONGEST_LABEL)
    return "\n".join(lines) or " "


def as_svg(plot: Plot) -> bytes:
    """A plot as an SVG file with a clear ground."""
    return _saved(plot.figure, format="svg", transparent=True, metadata={"Date": None})


def as_png(plot: Plot) -> bytes:
    """A plot as a PNG file with a white ground."""
    return _saved(plot.figure, format="png", dpi=200, metadata={"Software": None})


def _saved(figure: Figure, **settings: Any) -> bytes:
    import matplotlib

    file = io.BytesIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(file, **settings)
    # Where all is was found: it stays there in the next file, and is not looked for.
    figure.set_layout_engine(None)
    return file.getvalue()

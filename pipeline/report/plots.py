"""How plots of the report look: small, each for one thing; a phone shows one below the other.

Their grey text and clear ground are readable on white and on black. Matplotlib is imported where
something is drawn, so that commands which only print a run stay quick.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Of the baseline and of the candidate.
COLOURS = ("#c2703d", "#2f7fbf")
GREY = "#808080"
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.family": "sans-serif",
    "font.size": 9,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor"), GREY),
    **dict.fromkeys(("xtick.color", "ytick.color"), GREY),
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


def new_figure(size: tuple[float, float] = (4.4, 4.0)) -> tuple[Figure, Any]:
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
        loc="outside lower center", ncols=1, frameon=False, fontsize="small", labelcolor=GREY
    )


def as_svg(plot: Plot) -> bytes:
    """A plot as an SVG file with a clear ground."""
    return _saved(plot.figure, format="svg", metadata={"Date": None})


def as_png(plot: Plot) -> bytes:
    """A plot as a PNG file with a clear ground."""
    return _saved(plot.figure, format="png", dpi=150, metadata={"Software": None})


def _saved(figure: Figure, **settings: Any) -> bytes:
    import matplotlib

    file = io.BytesIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(file, transparent=True, **settings)
    return file.getvalue()

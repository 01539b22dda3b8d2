"""What a section of the report is: its figures, and how they look.

A new section is a new file in `pipeline/report/sections/` that ends with `SECTION = …`:

    class Sizes(SummarySection):
        order, title = 55, "Sizes"
        template = "<p>{% for arm in figures.arms %}{{ arm.parameters }} {% endfor %}</p>"

    SECTION = Sizes()

Templates are Jinja's, and escape what they insert. They know `figures` (what `compute` gave),
`s` (the run's summary), `section` (itself), `plots` and `images`, and the functions of
`pipeline.report.html`: `table(…)` and `plots_of(plots)` give a table, and plots with their numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from components.code import plugins
from pipeline.report import sections
from pipeline.runs.finished import FinishedRun
from pipeline.runs.result import Summary

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pipeline.report.plots import Plot

Figures = TypeVar("Figures")


class Section(ABC, Generic[Figures]):
    """A section.

    Attributes:
      order: its place in the page; the smallest comes first.
      title: its heading in the page; "" for none.
      template: its HTML without the heading.
    """

    order: ClassVar[int]
    title: ClassVar[str] = ""
    template: ClassVar[str]

    @property
    def anchor(self) -> str:
        """Where links to it go: the name of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def compute(self, run: FinishedRun) -> Figures | None:
        """The section's figures; None where the run has none, and the section is left out."""

    def heading(self, figures: Figures) -> str:
        """The heading in the page."""
        return self.title

    def plots(self, figures: Figures) -> Sequence[Plot]:
        """Plots, which the page shows and `plots/` holds as PNG files."""
        return ()

    def images(self, figures: Figures) -> Mapping[str, bytes]:
        """PNG files, by their names without the ending; `plots/` holds them."""
        return {}

    def notebook(self, figures: Figures) -> list[Any]:
        """What a notebook shows: data frames, and figures of Matplotlib."""
        return [plot.figure for plot in self.plots(figures)]


class SummarySection(Section[Summary]):
    """A section whose figures are all in the run's summary. It can show on the terminal.

    Attributes:
      terminal_order: its place on the terminal.
    """

    terminal_order: ClassVar[int] = 0

    def compute(self, run: FinishedRun) -> Summary | None:
        """The run's summary."""
        return run.summary

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """What `run` and `show` print, for `rich`."""
        return ()


class Drawn(NamedTuple):
    """A section of a run, computed and drawn.

    Attributes:
      section: the section.
      figures: see `Section.compute`.
      plots: see `Section.plots`.
      images: see `Section.images`.
    """

    section: Section[Any]
    figures: Any
    plots: Sequence[Plot]
    images: Mapping[str, bytes]


def all_sections() -> dict[str, Section[Any]]:
    """The sections by the names of their files, in the order of the page."""
    by_name = plugins(sections.__name__, "SECTION")
    return dict(sorted(by_name.items(), key=lambda item: item[1].order))


def draw(section: Section[Figures], run: FinishedRun) -> Drawn | None:
    """Computes and draws a section; None where it has nothing to show of this run."""
    figures = section.compute(run)
    if figures is None:
        return None
    return Drawn(section, figures, section.plots(figures), section.images(figures))

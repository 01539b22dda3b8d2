"""The report as one self-contained HTML page: no network, no files beside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib import resources

import jinja2
from markupsafe import Markup

from components.evaluator.intervals import Interval
from pipeline.report.plots import Plot, as_svg
from pipeline.report.section import Drawn
from pipeline.report.text import in_html
from pipeline.runs.result import Summary


def render(summary: Summary, drawn: Sequence[Drawn]) -> str:
    """Returns the page.

    Args:
      summary: of the run.
      drawn: the sections that have something to show, in order.
    """
    page = resources.files("pipeline.report").joinpath("report.html.j2").read_text("utf-8")
    return (
        environment()
        .from_string(page)
        .render(s=summary, sections=[render_section(summary, section) for section in drawn])
    )


def render_section(summary: Summary, drawn: Drawn) -> Markup:
    """Returns a section's part of the page, with its heading.

    Args:
      summary: of the run.
      drawn: the section.
    """
    heading = drawn.section.heading(drawn.figures)
    content = (
        environment()
        .from_string(drawn.section.template)
        .render(
            s=summary,
            section=drawn.section,
            figures=drawn.figures,
            plots=drawn.plots,
            images=drawn.images,
        )
    )
    # The template has escaped what it inserted.
    titled = Markup("<h2>{}</h2>\n").format(in_html(heading)) if heading else Markup()
    return titled + Markup(content)


def environment() -> jinja2.Environment:
    """How pages are written: what templates insert is escaped, and what they know."""
    environment = jinja2.Environment(
        autoescape=True,
        finalize=in_html,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["png"] = lambda content: _data_address("png", content)
    environment.globals.update(signed=signed, interval=interval, plots_of=_plots_of)
    return environment


def signed(value: float, digits: int) -> str:
    """A number with its sign and so many digits after the point."""
    return f"{value:+.{digits}f}"


def interval(bounds: Interval, factor: float, digits: int) -> str:
    """An interval's ends, times `factor`."""
    return f"{signed(factor * bounds.low, digits)} … {signed(factor * bounds.high, digits)}"


def _plots_of(plots: Sequence[Plot], kind: str = "") -> Markup:
    figures = Markup().join(
        Markup('<figure><img src="{}" alt="{}"></figure>').format(
            _data_address("svg+xml", as_svg(plot)), in_html(plot.text)
        )
        for plot in plots
    )
    return Markup('<div class="plots {}">{}</div>').format(kind, figures)


def _data_address(kind: str, content: bytes) -> Markup:
    return Markup("data:image/{};base64,{}").format(kind, base64.b64encode(content).decode())

"""The report as one self-contained HTML page: no network, no files beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from pipeline.report import palette, table
from pipeline.report.picture_file import PictureFile
from pipeline.report.plots import Plot
from pipeline.report.section import Drawn
from pipeline.report.svg import inline
from pipeline.report.text import in_html
from pipeline.runs.result import Summary


class _Part(NamedTuple):
    """A section in the page; see `Section.anchor` and `Section.heading`."""

    anchor: str
    heading: str
    content: Markup


def render(summary: Summary, drawn: Sequence[Drawn]) -> str:
    """Returns the page.

    Args:
      summary: of the run.
      drawn: the sections that have something to show, in order.
    """
    parts = [
        _Part(
            section.section.anchor,
            section.section.heading(section.figures),
            render_section(summary, section),
        )
        for section in drawn
    ]
    return page(_file("report.html.j2"), s=summary, parts=parts)


def page(template: str, **content: object) -> str:
    """Returns a whole page in the report's looks.

    Args:
      template: of Jinja, with places for `policy`, `style` and `script`.
      content: what else it inserts, escaped.
    """
    # Between the tags as they stand in the page, which the policy's check sum is of.
    script = f"\n{_file('report.js').rstrip()}\n"
    return (
        _environment()
        .from_string(template)
        .render(
            **content,
            policy=_policy(script),
            style=Markup(f"{palette.css()}\n{_file('report.css').rstrip()}"),
            script=Markup(script.strip()),
        )
    )


def _policy(script: str) -> str:
    """Nothing is loaded, and only the page's own script runs: https://www.w3.org/TR/CSP3/."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'"
    )


def _file(name: str) -> str:
    return resources.files("pipeline.report").joinpath(name).read_text("utf-8")


def render_section(summary: Summary, drawn: Drawn) -> Markup:
    """Returns a section's part of the page, with its heading.

    Args:
      summary: of the run.
      drawn: the section.
    """
    section = drawn.section
    heading = section.heading(drawn.figures)
    content = Markup(  # the template has escaped what it inserted
        _environment()
        .from_string(section.template)
        .render(
            s=summary,
            section=section,
            figures=drawn.figures,
            plots=drawn.plots,
            images=drawn.images,
        )
    )
    if not heading:
        return content
    return Markup('<section id="{0}" aria-labelledby="{0}-title">\n{1}\n{2}\n</section>').format(
        section.anchor,
        Markup('<h2 id="{}-title">{}</h2>').format(section.anchor, in_html(heading)),
        content,
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True,
        finalize=in_html,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["address"] = _address
    environment.globals.update(
        number=lambda value, digits: table.number(value, digits).text,
        signed=lambda value, digits: table.signed(value, digits).text,
        interval=lambda *bounds: table.interval(*bounds).text,
        table=table.as_html,
        plots_of=_plots_of,
    )
    return environment


def _plots_of(plots: Sequence[Plot]) -> Markup:
    return Markup('<div class="plots">{}</div>').format(Markup("\n").join(map(_figure, plots)))


def _figure(plot: Plot) -> Markup:
    svg = inline(plot)
    # What may be wider than the screen scrolls, so it must be reachable by keyboard.
    focus = Markup(' tabindex="0"') if 'class="wide"' in svg else Markup()
    return Markup(
        '<figure class="plot"{}>{}<details><summary>The numbers: {}</summary>{}</details></figure>'
    ).format(focus, svg, in_html(plot.numbers.caption), table.as_html(plot.numbers))


def _address(file: PictureFile) -> Markup:
    """The address of a picture that is inside the page."""
    content = base64.b64encode(file.content).decode()
    return Markup("data:image/{};base64,{}").format(file.kind, content)

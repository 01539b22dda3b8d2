"""The report as one self-contained HTML page: no network, no files beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib import resources

import jinja2

from components.evaluator.corruptions import CORRUPTIONS, SEVERITIES
from pipeline.report.evidence import Evidence
from pipeline.report.plots import Plot, as_svg
from pipeline.report.summary import Summary


def render(summary: Summary, evidence: Evidence, grids: Mapping[str, bytes]) -> str:
    """Returns the page.

    Args:
      summary: of the run.
      evidence: of its predictions.
      grids: name → PNG file, see `Evidence`; and "augmentation" where an arm augments.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["png"] = lambda content: _data_address("png", content)
    template = resources.files("pipeline.report").joinpath("report.html.j2").read_text("utf-8")
    return environment.from_string(template).render(
        s=summary,
        arms=(summary.baseline, summary.candidate),
        evidence=(evidence.baseline, evidence.candidate),
        plots={
            section: [_shown(plot) for plot in of_section]
            for section, of_section in evidence.plots.items()
        },
        changed=evidence.changed,
        corruptions=CORRUPTIONS,
        severities=SEVERITIES,
        grids=grids,
    )


def _shown(plot: Plot) -> dict[str, str]:
    return {"text": plot.text, "source": _data_address("svg+xml", as_svg(plot))}


def _data_address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

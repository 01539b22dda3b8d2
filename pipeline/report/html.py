"""The report as one self-contained HTML page: no network, no files beside it."""

from __future__ import annotations

import base64
import io
from importlib import resources

import jinja2
import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

from pipeline.report.evidence import Evidence
from pipeline.report.summary import Summary

_COLOURS = {"baseline": "#c2703d", "candidate": "#2f7fbf"}
_GREY = "#808080"  # readable on white and on black


def render(summary: Summary, evidence: Evidence, augmentation_grid: bytes | None) -> str:
    """Returns the page.

    Args:
      summary: of the run.
      evidence: of its predictions.
      augmentation_grid: a PNG file; None where no arm augments.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = resources.files("pipeline.report").joinpath("report.html.j2").read_text("utf-8")
    return environment.from_string(template).render(
        s=summary,
        curves=Markup(_curves(summary)),
        arms=(summary.baseline, summary.candidate),
        evidence=(evidence.baseline, evidence.candidate),
        plots={name: base64.b64encode(plot).decode() for name, plot in evidence.plots.items()},
        grid=base64.b64encode(augmentation_grid).decode() if augmentation_grid else "",
    )


def _curves(summary: Summary) -> str:
    """Accuracy and loss by epoch, both arms, as an SVG element."""
    with matplotlib.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "report",
            "font.family": "sans-serif",
            "text.color": _GREY,
            "axes.edgecolor": _GREY,
            "axes.labelcolor": _GREY,
            "xtick.color": _GREY,
            "ytick.color": _GREY,
        }
    ):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        for axes, figure_name in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
            for role, colour in _COLOURS.items():
                arm = getattr(summary, role)
                epochs = [int(row["epoch"]) for row in arm.curves]
                for prefix, style, split in (("", "--", "train"), ("eval_", "-", "eval")):
                    values = [row[prefix + figure_name] for row in arm.curves]
                    axes.plot(
                        epochs,
                        values,
                        style,
                        color=colour,
                        label=f"{arm.title}, {split}",
                        marker=".",
                    )
                axes.axvline(arm.best_epoch, color=colour, linewidth=0.6, alpha=0.6)
            axes.set_xlabel("epoch")
            axes.set_title(figure_name)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.patch.set_visible(False)
        figure.axes[0].legend(frameon=False, fontsize="small")
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    svg = file.getvalue()
    return svg[svg.index("<svg") :]

"""Writes the report of a finished run: the page, its figures as JSON, and its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.manifest import write_whole
from pipeline.datasets.locate import Located
from pipeline.report import html
from pipeline.report.plots import as_png
from pipeline.report.section import Drawn, all_sections, draw
from pipeline.report.summary import summarize
from pipeline.runs.finished import FinishedRun
from pipeline.runs.metadata import NodeRecord
from pipeline.runs.provenance import CodeVersion
from pipeline.runs.result import SUMMARY, Summary
from pipeline.settings.experiment import Experiment

PAGE, PLOTS = "report.html", "plots"


def build(
    folder: Path,
    run_id: str,
    nodes: Mapping[str, NodeRecord],
    experiment: Experiment,
    data: Located,
    code: CodeVersion,
    node_times: Sequence[Mapping[str, Any]] = (),
    untuned: Summary | None = None,
    *,
    trust: bool,
) -> Summary:
    """Writes `report.html`, `summary.json`, and plots and pictures as PNG files in `plots`.

    Args:
      folder: where to.
      run_id: see `summarize`, also for the others.
      nodes: what each node left.
      experiment: as it was run.
      data: where the data came from.
      code: that ran.
      node_times: of each node, where they are known.
      untuned: of the same experiment without tuning, where that was run.
      trust: whether code that the experiment names may run, see `FinishedRun`.
    """
    summary = summarize(run_id, nodes, experiment, data, code, node_times)
    run = FinishedRun(experiment, summary, nodes, untuned, trust=trust)
    drawn = [
        section for section in (draw(each, run) for each in all_sections().values()) if section
    ]
    write_pictures(folder / PLOTS, drawn)
    write_whole(folder / PAGE, html.render(summary, drawn))
    SUMMARY.write(folder, summary)  # last: a run that has it is finished
    return summary


def write_pictures(folder: Path, drawn: Sequence[Drawn]) -> None:
    """Writes plots and pictures as PNG files, and removes those of an earlier report.

    Args:
      folder: where to; it is made.
      drawn: the sections that they are of.
    """
    folder.mkdir(exist_ok=True)
    for earlier in folder.glob("*.png"):
        earlier.unlink()
    for section in drawn:
        for plot in section.plots:
            (folder / f"{plot.name}.png").write_bytes(as_png(plot))
        for name, png in section.images.items():
            (folder / f"{name}.png").write_bytes(png)

"""Writes the report of a finished run: the page, its figures as JSON, and its pictures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.names import ROLES
from pipeline.report import html, preview
from pipeline.report.evidence import gather
from pipeline.report.plots import as_png
from pipeline.report.summary import Summary, summarize
from pipeline.runs.lineage import NodeRecord
from pipeline.runs.provenance import CodeVersion
from pipeline.settings.experiment import Experiment

PAGE, FIGURES, PLOTS = "report.html", "summary.json", "plots"


def build(
    folder: Path,
    run_id: str,
    nodes: Mapping[str, NodeRecord],
    experiment: Experiment,
    data: Mapping[str, Any],
    code: CodeVersion,
    node_times: Sequence[Mapping[str, Any]] = (),
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
    """
    summary = summarize(run_id, nodes, experiment, data, code, node_times)
    evidence = gather(nodes, experiment, summary)
    grids = dict(evidence.grids)
    if any(arm.augment for arm in experiment.arms.values()):
        grids["augmentation"] = preview.of_run(nodes, experiment)
    pictures = folder / PLOTS
    pictures.mkdir(exist_ok=True)
    for plot in (plot for of_section in evidence.plots.values() for plot in of_section):
        (pictures / f"{plot.name}.png").write_bytes(as_png(plot))
    for name, grid in grids.items():
        (pictures / f"{name}.png").write_bytes(grid)
    (folder / PAGE).write_text(html.render(summary, evidence, grids), encoding="utf-8")
    figures = dataclasses.asdict(summary)
    for role in ROLES:
        figures[role]["evidence"] = dataclasses.asdict(getattr(evidence, role))
    (folder / FIGURES).write_text(json.dumps(figures, indent=1) + "\n")
    return summary

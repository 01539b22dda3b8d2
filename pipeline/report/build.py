"""Writes the report of a finished run: the page, its figures as JSON, and its pictures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import preview
from pipeline.experiments import Experiment
from pipeline.lineage import NodeRecord
from pipeline.report import html
from pipeline.report.evidence import gather
from pipeline.report.summary import Summary, summarize

PAGE, FIGURES, AUGMENTATION = "report.html", "summary.json", "augmentation.png"


def build(
    folder: Path,
    run_id: str,
    nodes: Mapping[str, NodeRecord],
    experiment: Experiment,
    data: Mapping[str, Any],
    node_times: Sequence[Mapping[str, Any]] = (),
) -> Summary:
    """Writes `report.html`, `summary.json`, and the plots and pictures as PNG files.

    Args:
      folder: where to.
      run_id: see `summarize`, also for the others.
      nodes: what each node left.
      experiment: as it was run.
      data: where the data came from.
      node_times: of each node, where they are known.
    """
    summary = summarize(run_id, nodes, experiment, data, node_times)
    evidence = gather(nodes, experiment)
    for name, plot in evidence.plots.items():
        (folder / f"{name}.png").write_bytes(plot)
    grid = None
    if any(arm.augment for arm in experiment.arms.values()):
        grid = preview.of_run(nodes, experiment)
        (folder / AUGMENTATION).write_bytes(grid)
    (folder / PAGE).write_text(html.render(summary, evidence, grid), encoding="utf-8")
    figures = dataclasses.asdict(summary)
    for role in ("baseline", "candidate"):
        figures[role]["evidence"] = dataclasses.asdict(getattr(evidence, role))
    (folder / FIGURES).write_text(json.dumps(figures, indent=1) + "\n")
    return summary

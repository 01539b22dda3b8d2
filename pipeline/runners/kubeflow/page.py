"""What Kubeflow's page of a run shows of its verdict: figures, confusion matrices, a text.

The node `Report` has an artifact for each. Kubeflow shows a metric that is an artifact's metadata,
and a text that is its only file, as https://www.kubeflow.org/docs/components/pipelines/user-guides
describes for `system.Metrics`, `system.ClassificationMetrics`, `system.Markdown`, `system.HTML`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.report import node
from pipeline.report.text import in_markdown
from pipeline.runners.kubeflow import contract
from pipeline.runs.result import SUMMARY, ArmSummary, Summary

#: Output of the node `Report` → its type there.
TYPES = {
    node.PAGE_OUTPUT: "system.HTML",
    node.VERDICT: "system.Markdown",
    node.METRICS: "system.Metrics",
    **dict.fromkeys(node.CONFUSION.values(), "system.ClassificationMetrics"),
}


def fill(output: Mapping[str, Any]) -> None:
    """Gives the artifacts of the node `Report` what they show.

    Args:
      output: the executor output, as TFX has written it.
    """
    artifacts = dict(contract.artifacts_of(output))
    summary = SUMMARY.read(Path(artifacts[node.REPORT]["uri"]))
    verdict = Path(artifacts[node.VERDICT]["uri"])
    verdict.rmdir()  # it was made for a folder
    verdict.write_text(markdown(summary), encoding="utf-8")
    shown = {node.METRICS: metrics(summary)}
    for role, name in node.CONFUSION.items():
        shown[name] = confusion(getattr(summary, role), summary.class_names)
    for name, figures in shown.items():
        artifacts[name].setdefault("metadata", {}).update(figures)


def metrics(summary: Summary) -> dict[str, float]:
    """Metadata of a `system.Metrics`: numbers, in the order of their names."""
    judged = summary.significance
    figures = {
        "difference": judged.headline.estimate,
        "difference_from": judged.headline.low,
        "difference_to": judged.headline.high,
        "blessed": float(summary.blessed),
        "judged": float(not summary.problems),
        "test_pictures": float(judged.pictures),
        "seeds": float(len(summary.seeds)),
    }
    for role in node.CONFUSION:
        arm: ArmSummary = getattr(summary, role)
        figures[f"{role}_test_accuracy"] = arm.test_accuracy
        figures[f"{role}_test_loss"] = arm.test_loss
        figures[f"{role}_train_accuracy"] = arm.train_accuracy
        figures[f"{role}_calibration_error"] = arm.evidence.calibration.error
    # JSON, and with it Kubeflow's metadata, has no other numbers.
    return {name: figures[name] for name in sorted(figures) if math.isfinite(figures[name])}


def confusion(arm: ArmSummary, class_names: list[str]) -> dict[str, Any]:
    """Metadata of a `system.ClassificationMetrics`: a row for each true class."""
    return {
        "confusionMatrix": {
            "annotationSpecs": [{"displayName": name} for name in class_names],
            "rows": [{"row": row} for row in arm.evidence.confusion],
        },
    }


def markdown(summary: Summary) -> str:
    """The verdict: the question, the answer, and what it rests on."""
    blocks = [f"# {in_markdown(summary.question)}", f"**{in_markdown(summary.headline)}**"]
    blocks += [f"- {in_markdown(detail)}" for detail in summary.details]
    return "\n\n".join(blocks) + "\n"

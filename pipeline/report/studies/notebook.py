"""A finished study in a notebook: its answer, its plots, its points."""

from __future__ import annotations

import pandas as pd
from IPython.display import Markdown, display

from components.text import in_line
from pipeline.report.studies.plots import plots
from pipeline.report.text import in_markdown
from pipeline.runs.study_result import StudyResult


def show(study: StudyResult) -> None:
    """Shows a study that `pipeline.runs.study_result.open_study` opened."""
    details = [f"- {in_markdown(detail)}" for detail in study.details]
    answer = [f"**{in_markdown(study.headline)}**", "\n".join(details)]
    display(Markdown("\n\n".join(answer)))
    for plot in plots(study):
        display(plot.figure)
    display(points(study))


def points(study: StudyResult) -> pd.DataFrame:
    """A study's points: one row each, in the order of the page.

    Returns:
      A column for each varied setting, by its name for people; `run`, `conclusion`; `baseline`,
      `candidate`: test accuracies, 0 … 1; `difference`, `low`, `high`: with its own 95 %
      interval, 0 … 1; `reason` where a point is not judged or failed.
    """
    rows = []
    for point in study.points:
        values = dict(zip((axis.name for axis in study.axes), point.values, strict=True))
        i = point.difference
        rows.append(
            {
                **values,
                "run": point.run,
                "conclusion": point.conclusion,
                "baseline": point.baseline,
                "candidate": point.candidate,
                "difference": i.estimate if i else None,
                "low": i.low if i else None,
                "high": i.high if i else None,
                "reason": in_line(point.reason),
            }
        )
    return pd.DataFrame(rows)

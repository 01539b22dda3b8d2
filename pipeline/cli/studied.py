"""The end of a study, wherever its points ran: its page, and its answer on the terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli import console
from pipeline.cli.exit_codes import ExitCode
from pipeline.runs.folders import study_folder
from pipeline.settings.study import Point, Study
from pipeline.settings.study_plan import Plan

if TYPE_CHECKING:
    from pipeline.report.studies.collect import PointRun


def say_plan(study: Study, planned: Plan) -> None:
    """Says what a study will cost, and what it asks."""
    shared = f", {planned.shared} fewer than the points on their own" if planned.shared else ""
    console.say(
        f"{study.name}: {planned.points} points, {planned.trainings} trainings{shared}. "
        f"{study.question}"
    )


def in_words(study: Study, point: Point) -> str:
    """A point for people, e.g. "training pictures 500"."""
    return ", ".join(
        f"{varied.name} {value}" for varied, value in zip(study.varied, point.values, strict=True)
    )


def finish(study: Study, ended: Sequence[PointRun], planned: Plan, root: Path) -> int | None:
    """Writes a study's page and says its answer.

    Args:
      study: the study.
      ended: its points, in their order, each with its run or why it has none.
      planned: what it was to cost.
      root: folder of all runs.

    Returns:
      The command's exit code.
    """
    from pipeline.report.studies.collect import collect
    from pipeline.report.studies.page import write

    folder = study_folder(root, study.name)
    with console.quiet():
        found = collect(study, ended, planned)
        reports = [os.path.relpath(e.run.report, folder) if e.run else "" for e in ended]
        page = write(folder, found, reports)
    for sentence in ("", found.headline, *(f"- {detail}" for detail in found.details)):
        console.say_prose(sentence)
    console.say(f"page: {page}")
    return ExitCode.FAILED if any(each.reason for each in ended) else None

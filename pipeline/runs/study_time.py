"""How long a study takes: by what its trainings took so far, or by an earlier run's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from components.errors import UserError
from pipeline.runs.folders import ExperimentFolder
from pipeline.runs.result import EXPERIMENT, SUMMARY
from pipeline.settings.study import Point
from pipeline.settings.study_plan import training_work, work_of

_CACHED = 20  # seconds; a point without a training takes less


class Progress:
    """How long the rest of a study takes, by what its trainings took so far."""

    def __init__(self, points: Iterable[Point]):
        self._waiting = _all_work(points)
        self._seconds = self._done = 0.0

    def left(self, point: Point, seconds: float) -> str:
        """Notes that a point took so long; says about how long the others will take.

        "" where that is not known, or nothing is left: a point whose trainings were all made
        before tells nothing.
        """
        work = sum(self._waiting.pop(key, 0.0) for key in training_work(point.experiment))
        if seconds > _CACHED:
            self._seconds += seconds
            self._done += work
        if not self._done or not self._waiting:
            return ""
        return duration(self._seconds / self._done * sum(self._waiting.values()))


def estimate(points: Sequence[Point], root: Path) -> str:
    """About how long all trainings take one after the other, by the last run of the experiment.

    Args:
      points: of the study.
      root: folder of all runs.
    """
    folder = ExperimentFolder.of(root, points[0].experiment.name)
    for run in reversed(folder.runs()):
        try:
            summary, experiment = run.read(SUMMARY), run.read(EXPERIMENT)
        except UserError:  # not finished, or another version's
            continue
        seconds = sum(arm.fit_seconds for arm in summary.arms)
        work = sum(work_of(experiment, arm) for arm in experiment.arms.values())
        whole = seconds / work * sum(_all_work(points).values())
        return (
            f"about {duration(whole)} of training one after the other, by run {run.id}; side by "
            "side it is less, and what is done already is not done again"
        )
    return "how long a training takes is known after the first point"


def _all_work(points: Iterable[Point]) -> dict[str, float]:
    return {key: work for point in points for key, work in training_work(point.experiment).items()}


def duration(seconds: float) -> str:
    """A time as people say it: "40 s", "12 min", "3.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"

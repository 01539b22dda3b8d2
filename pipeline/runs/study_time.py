"""How long a study takes: by what its trainings took so far, or by an earlier run's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

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

    def left(self, point: Point, seconds: float) -> float | None:
        """Notes that a point took so long; gives about how many seconds the others will take.

        None where that is not known, or nothing is left: a point whose trainings were all made
        before tells nothing.
        """
        work = sum(self._waiting.pop(key, 0.0) for key in training_work(point.experiment))
        if seconds > _CACHED:
            self._seconds += seconds
            self._done += work
        if not self._done or not self._waiting:
            return None
        return self._seconds / self._done * sum(self._waiting.values())


class Estimate(NamedTuple):
    """How long all trainings of a study take, one after the other.

    Attributes:
      seconds: in all.
      run: the id of the run that tells.
    """

    seconds: float
    run: str


def estimate(points: Sequence[Point], root: Path) -> Estimate | None:
    """What the last run of a study's experiment tells; None where there is none.

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
        return Estimate(seconds / work * sum(_all_work(points).values()), run.id)
    return None


def _all_work(points: Iterable[Point]) -> dict[str, float]:
    return {key: work for point in points for key, work in training_work(point.experiment).items()}

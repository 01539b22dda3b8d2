"""How long a study takes: by what its points took so far, or by an earlier run.

More work takes longer, but not in proportion: a run of few pictures is mostly what every run does.
So work of another size takes a time between that of the work that is known, and that in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from components.errors import UserError
from pipeline.runs.folders import ExperimentFolder
from pipeline.runs.result import EXPERIMENT, SUMMARY
from pipeline.settings.study import Point
from pipeline.settings.study_plan import training_work, work_of

_CACHED = 20  # seconds; a point without a training takes less


class Span(NamedTuple):
    """A time that is only known to lie between two, in seconds."""

    low: float
    high: float


class Progress:
    """How long the rest of a study takes, by what its points took so far."""

    def __init__(self, points: Sequence[Point]):
        self._points = points
        self._made: set[str] = set()  # trainings
        self._known: list[tuple[float, float]] = []  # work and seconds of a point

    def left(self, point: Point, seconds: float) -> Span | None:
        """Notes that a point took so long; gives how long those after it will take.

        None where that is not known, or nothing is left: a point whose trainings were all made
        before tells nothing.
        """
        work = self._make(point, self._made)
        if work and seconds > _CACHED:
            self._known.append((work, seconds))
        made = set(self._made)
        after = self._points[self._points.index(point) + 1 :]
        waiting = [work for work in (self._make(each, made) for each in after) if work]
        if not self._known or not waiting:
            return None
        return _sum(_nearest(self._known, work) for work in waiting)

    @staticmethod
    def _make(point: Point, made: set[str]) -> float:
        """The work of a point's trainings that are not among those made; then they are."""
        work = training_work(point.experiment)
        new = sum(of_training for key, of_training in work.items() if key not in made)
        made.update(work)
        return new


class Estimate(NamedTuple):
    """How long all trainings of a study take, one after the other.

    Attributes:
      seconds: in all.
      run: the id of the run that tells.
    """

    seconds: Span
    run: str


def estimate(points: Sequence[Point], root: Path) -> Estimate | None:
    """What the longest run of a study's experiment tells; None where there is none.

    Args:
      points: of the study.
      root: folder of all runs.
    """
    known = {}
    for run in ExperimentFolder.of(root, points[0].experiment.name).runs():
        try:
            summary, experiment = run.read(SUMMARY), run.read(EXPERIMENT)
        except UserError:  # not finished, or another version's
            continue
        arms = experiment.arms.values()
        work = sum(work_of(experiment, arm) for arm in arms) / len(arms)
        seconds = sum(arm.fit_seconds for arm in summary.arms) / len(summary.arms)
        known[run.id] = (work, seconds)
    if not known:
        return None
    longest = max(known, key=lambda run: (known[run][0], run))
    every = {key: work for point in points for key, work in training_work(point.experiment).items()}
    return Estimate(_sum(_nearest([known[longest]], work) for work in every.values()), longest)


def _nearest(known: Sequence[tuple[float, float]], work: float) -> Span:
    """How long work takes, by the known one that is most like it."""
    of_known, seconds = min(known, key=lambda each: abs(math.log(each[0] / work)))
    ratio = work / of_known
    return Span(seconds * min(1.0, ratio), seconds * max(1.0, ratio))


def _sum(spans: Iterable[Span]) -> Span:
    every = list(spans)
    return Span(sum(span.low for span in every), sum(span.high for span in every))

"""What came of a study: typed, and stored as JSON and as a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from components.errors import UserError
from components.evaluator.intervals import Interval
from components.evaluator.significance import BETTER, NOT_JUDGED, WORSE
from pipeline.runs.folders import study_folder
from pipeline.runs.stored import StoredFile, checked

FAILED = "failed"


@dataclass(frozen=True)
class Axis:
    """What is varied.

    Attributes:
      name: for people.
      settings: their dotted names.
      values: in the form of `--set`, in the order of the page.
      numbers: likewise as numbers; None where one is none.
      by_logarithm: whether they are shown, and interpolated, by their logarithms.
    """

    name: str
    settings: list[str]
    values: list[str]
    numbers: list[float] | None
    by_logarithm: bool


@dataclass(frozen=True)
class Crossing:
    """A place where the candidate begins to be ahead, or ceases to be.

    Attributes:
      place: where the estimated difference is zero, between two points.
      low: lower end of the 95 % interval of the place; None where it goes on below the first point.
      high: upper end; None where it goes on beyond the last point.
      upwards: whether the candidate is ahead behind it.
    """

    place: float
    low: float | None
    high: float | None
    upwards: bool


@dataclass(frozen=True)
class Effect:
    """What a part, or parts together, add.

    Attributes:
      parts: names; one for a main effect, two or more for an interaction.
      difference: of the accuracy, 0 … 1. For a part: with it minus without it, the mean over all
        combinations of the others. For an interaction: half of what one part's effect differs by
        when the other is in place.
      stands: whether it is more than chance after Holm's correction over all effects.
    """

    parts: list[str]
    difference: Interval
    stands: bool


@dataclass(frozen=True)
class PointResult:
    """A point of a study. Accuracies are 0 … 1, means over the seeds.

    Attributes:
      values: of what is varied.
      run: the id of its run; "" where there is none.
      conclusion: "better", "worse", "practically equal" or "no difference shown", together with
        all other points (Holm's correction); "not judged"; "failed".
      reason: why it is not judged, or failed; else "".
      baseline: the baseline's test accuracy, or balanced accuracy.
      candidate: the candidate's.
      difference: with its own 95 % interval, not corrected.
      baseline_scores: by seed.
      candidate_scores: by seed.
      seeds: of the trainings.
    """

    values: list[str]
    run: str
    conclusion: str
    reason: str
    baseline: float | None = None
    candidate: float | None = None
    difference: Interval | None = None
    baseline_scores: list[float] | None = None
    candidate_scores: list[float] | None = None
    seeds: list[int] | None = None

    @property
    def judged(self) -> bool:
        """Whether the two models could be compared."""
        return self.conclusion not in (NOT_JUDGED, FAILED)


@dataclass(frozen=True)
class StudyResult:
    """What came of a study.

    Attributes:
      name: of the study.
      question: what it answers.
      headline: the answer, one sentence.
      details: what it rests on, a sentence each.
      experiment: the name of the experiment whose folder has the runs.
      data: which data, one sentence.
      titles: of baseline and candidate.
      metric: "accuracy" or "balanced accuracy".
      equivalence: see `Gate.equivalence`.
      design: see `Study.design`.
      axes: what is varied.
      points: in the order of the page.
      crossings: where the candidate begins to be ahead or ceases to be; of a single varied number.
      effects: of the parts, in a design of parts.
      trainings: how many were asked for, each point on its own.
      trained: how many of these are different.
      made: when the page was made (UTC), e.g. "2026-01-31 12:00".
    """

    name: str
    question: str
    headline: str
    details: list[str]
    experiment: str
    data: str
    titles: list[str]
    metric: str
    equivalence: float
    design: str
    axes: list[Axis]
    points: list[PointResult]
    crossings: list[Crossing]
    effects: list[Effect]
    trainings: int
    trained: int
    made: str

    @property
    def judged(self) -> list[PointResult]:
        """The points that could be judged."""
        return [point for point in self.points if point.judged]

    @property
    def told(self) -> list[Crossing]:
        """The crossings whose place the points can tell.

        At some point a difference is shown, and no other crossing has the same interval: where the
        estimates wander about zero, they change sign wherever chance would have it.
        """
        if not any(point.conclusion in (BETTER, WORSE) for point in self.points):
            return []
        alike = Counter((each.low, each.high) for each in self.crossings)
        return [
            each
            for each in self.crossings
            if alike[each.low, each.high] == 1 and (each.low is not None or each.high is not None)
        ]


RESULT = StoredFile[StudyResult]("study.json", checked(StudyResult))
TABLE, PAGE, PLOTS = "study.csv", "study.html", "plots"


def finished_studies(root: Path | str) -> list[str]:
    """The names of the finished studies below the folder of all runs."""
    folder = study_folder(Path(root), "")
    return sorted(path.parent.name for path in folder.glob(f"*/{RESULT.name}"))


def open_study(root: Path | str, name: str) -> StudyResult:
    """A finished study's figures; `pipeline.report.studies.plots` draws them.

    Args:
      root: the folder of all runs.
      name: of the study.

    Raises:
      UserError: there is no such study, or another version made it.
    """
    folder = study_folder(Path(root), name)
    try:
        return RESULT.read(folder)
    except FileNotFoundError as error:
        made = finished_studies(root)
        hint = f"there is {', '.join(made)}" if made else "start one with `study`"
        raise UserError(f"no finished study {name!r} in {root}: {hint}") from error

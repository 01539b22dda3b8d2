"""A study: an experiment, and what is varied in it. Each point of it is an ordinary experiment."""

from __future__ import annotations

import dataclasses
import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import pydantic

from components.errors import UserError
from components.settings import settings
from pipeline.settings.experiment import Experiment, checked_name
from pipeline.settings.overrides import override

Design = Literal["grid", "factorial", "one-at-a-time"]
DESIGNS: tuple[Design, ...] = get_args(Design)
GRID, FACTORIAL, ONE_AT_A_TIME = DESIGNS

_MOST_POINTS = 200
_MOST_FACTORS = 6
_LONGEST_NAME = 50
_LOG_RATIO = 8  # numbers that spread further are shown, and interpolated, by their logarithms


@settings
class Varied:
    """Settings that are varied together.

    Attributes:
      settings: their dotted names; all get the same value.
      values: in the form of `--set`, in the order of the page. In a design of factors there are
        two: the part left out, and the part in place.
      title: for people, e.g. "training pictures"; "" for the last part of the first setting's
        name.
    """

    settings: Annotated[tuple[str, ...], pydantic.Field(min_length=1)]
    values: Annotated[tuple[str, ...], pydantic.Field(min_length=2)]
    title: str = ""

    def __post_init__(self) -> None:
        if len(set(self.values)) < len(self.values):
            raise ValueError(f"{self.settings[0]} has a value twice")

    @property
    def name(self) -> str:
        """For people."""
        return self.title or self.settings[0].rpartition(".")[2].replace("_", " ")

    @property
    def numbers(self) -> list[float] | None:
        """The values as numbers, or None where one is none."""
        try:
            numbers = [float(value) for value in self.values]
        except ValueError:
            return None
        return numbers if all(map(math.isfinite, numbers)) else None

    @property
    def by_logarithm(self) -> bool:
        """Whether the values are numbers that spread over orders of magnitude.

        Shares such as 0.1, 0.3, … 0.9 do not: the steps between them are the more even ones.
        """
        numbers = self.numbers
        if numbers is None or min(numbers) <= 0 or max(numbers) / min(numbers) <= _LOG_RATIO:
            return False
        return _unevenness([math.log(number) for number in numbers]) <= _unevenness(numbers)

    def assignments(self, value: str) -> list[str]:
        """What sets all of the settings to a value, in the form of `--set`."""
        return [f"{setting}={value}" for setting in self.settings]


@settings
class Study:
    """An experiment and what is varied in it.

    Attributes:
      name: used in paths and commands.
      question: what the study answers.
      experiment: of which each point is a variation; `repeats` and `redraw` are its settings.
      varied: see `Varied`.
      design: "grid": every combination of the values. "factorial": every combination of parts
        in place (2^k), each against the baseline, which has none of them. "one-at-a-time": each
        part alone, all together, and all but each.
    """

    name: Annotated[str, pydantic.AfterValidator(checked_name)]
    question: str
    experiment: Experiment
    varied: Annotated[tuple[Varied, ...], pydantic.Field(min_length=1)]
    design: Design = GRID

    def __post_init__(self) -> None:
        names = [setting for varied in self.varied for setting in varied.settings]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]} is varied twice")
        if self.design != GRID:
            self._check_factors()
        elif len(self.varied) > 2:
            raise ValueError(
                "a grid varies one or two things: for more, vary the parts by design=factorial"
            )
        if len(self.combinations) > _MOST_POINTS:
            raise ValueError(f"{len(self.combinations)} points are more than {_MOST_POINTS}")

    def _check_factors(self) -> None:
        if not 2 <= len(self.varied) <= _MOST_FACTORS:
            raise ValueError(f"design={self.design} takes 2 to {_MOST_FACTORS} parts")
        for varied in self.varied:
            if len(varied.values) != 2:
                raise ValueError(
                    f"{varied.settings[0]} needs two values in a design of parts: the one that "
                    "leaves the part out, and the one that has it"
                )
            if any(not setting.startswith("candidate.") for setting in varied.settings):
                raise ValueError(
                    f"{varied.settings[0]} is no part of the candidate: the baseline has none of "
                    "the parts, so only the candidate's settings are varied"
                )

    @property
    def combinations(self) -> list[tuple[str, ...]]:
        """A value of each of `varied`, for each point."""
        every = list(itertools.product(*(varied.values for varied in self.varied)))
        if self.design == GRID:
            return every
        off = tuple(varied.values[0] for varied in self.varied)
        parts = [sum(a != b for a, b in zip(point, off, strict=True)) for point in every]
        kept = {FACTORIAL: range(1, len(off) + 1), ONE_AT_A_TIME: (1, len(off) - 1, len(off))}
        wanted = set(kept[self.design])
        return [point for point, count in zip(every, parts, strict=True) if count in wanted]


def _unevenness(numbers: Sequence[float]) -> float:
    """How much the steps between numbers differ, as a share of the mean step."""
    ordered = sorted(numbers)
    steps = [after - before for before, after in itertools.pairwise(ordered)]
    return statistics.pstdev(steps) / statistics.fmean(steps)


def of_experiment(study: Study, experiment: Experiment) -> Study:
    """The study of an experiment that is made of the study's own; itself if it is that one.

    Its name goes on with what the experiment's does, so that its page is another one.
    """
    before = study.experiment.name
    if experiment.name == before:
        return study
    further = experiment.name.removeprefix(before).strip("-")
    return dataclasses.replace(
        study,
        name=f"{study.name[: _LONGEST_NAME - len(further) - 1].rstrip('-')}-{further}",
        question=study.question + experiment.question.removeprefix(study.experiment.question),
        experiment=experiment,
    )


@dataclass(frozen=True)
class Point:
    """A point of a study.

    Attributes:
      values: of what is varied, in the form of `--set`.
      changes: what sets these values.
      experiment: with these values.
    """

    values: tuple[str, ...]
    changes: tuple[str, ...]
    experiment: Experiment


def points(study: Study, before: Sequence[str] = ()) -> list[Point]:
    """The points of a study, in the order of the page.

    Args:
      study: the study.
      before: changes of all points' settings, in the form of `--set`; what is varied comes after.

    Raises:
      UserError: a setting or value is none that the experiment can have, or the baseline of a
        design of parts is not the candidate without any.
    """
    experiment = override(study.experiment, before)
    if study.design != GRID:
        _check_baseline(study, experiment)
    return [
        Point(values, tuple(changes), override(experiment, changes))
        for values in study.combinations
        for changes in [_assignments(study.varied, values)]
    ]


def _assignments(varied: Sequence[Varied], values: Sequence[str]) -> list[str]:
    return [
        assignment
        for each, value in zip(varied, values, strict=True)
        for assignment in each.assignments(value)
    ]


def _check_baseline(study: Study, experiment: Experiment) -> None:
    """The baseline of a design of parts must be the candidate with every part left out."""
    off = [varied.values[0] for varied in study.varied]
    bare = override(experiment, _assignments(study.varied, off)).candidate
    names = [s.partition(".")[2] for varied in study.varied for s in varied.settings]
    arguments = {n.partition(".")[2] for n in names if n.startswith("arguments.")}
    for name in vars(bare):
        mine, other = getattr(bare, name), getattr(experiment.baseline, name, None)
        if name == "arguments":  # an argument that is left out has the builder's own value
            mine = {k: v for k, v in mine.items() if k not in arguments}
            other = {k: v for k, v in dict(other or {}).items() if k not in arguments}
        if name != "title" and mine != other:
            raise UserError(
                f"baseline.{name} is not that of the candidate without its parts: the parts "
                f"would not be all that differs. Set baseline.{name}={mine}"
            )

"""Finished studies side by side: their answers, and the points that they share."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.runs.study_result import PointResult, StudyResult


@dataclass(frozen=True)
class ComparedStudy:
    """A study's answer: its name, which experiment it varies, its first sentence."""

    study: str
    experiment: str
    headline: str


@dataclass(frozen=True)
class ComparedPoint:
    """What a study says at a point: see `PointResult`, also for the interval's ends."""

    conclusion: str
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Row:
    """The same values in all studies; None where a study has no such point."""

    values: list[str]
    points: list[ComparedPoint | None]


@dataclass(frozen=True)
class StudyComparison:
    """Studies side by side.

    Attributes:
      studies: in the order in which they were asked for.
      varied: the settings that all of them vary; empty where they vary different ones.
      rows: a row for all values that any of them has; none where they vary different settings.
    """

    studies: list[ComparedStudy]
    varied: list[str]
    rows: list[Row]


def compare_studies(studies: Sequence[StudyResult]) -> StudyComparison:
    """Sets studies side by side."""
    answers = [ComparedStudy(each.name, each.experiment, each.headline) for each in studies]
    settings = [[axis.settings for axis in each.axes] for each in studies]
    if any(one != other for one, other in itertools.pairwise(settings)):
        return StudyComparison(answers, [], [])
    by_values = [{tuple(point.values): point for point in each.points} for each in studies]
    every = list(dict.fromkeys(values for points in by_values for values in points))
    if all(axis.numbers for each in studies for axis in each.axes):
        every.sort(key=lambda values: [float(value) for value in values])
    rows = [Row(list(values), [_point(of.get(values)) for of in by_values]) for values in every]
    return StudyComparison(answers, [axis.name for axis in studies[0].axes], rows)


def _point(point: PointResult | None) -> ComparedPoint | None:
    if point is None:
        return None
    i = point.difference
    return ComparedPoint(
        point.conclusion, *((i.estimate, i.low, i.high) if i else (None, None, None))
    )

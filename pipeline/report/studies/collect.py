"""From the runs of a study's points to its result."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from components import names
from components.evaluator.intervals import holm, mean_interval
from components.evaluator.significance import (
    ACCURACY,
    BALANCED_ACCURACY,
    BETTER,
    EQUIVALENT,
    NOT_JUDGED,
    NOT_SHOWN,
    WORSE,
    class_weights,
    correct,
)
from pipeline.report.studies.answer import answer
from pipeline.report.studies.statistics import (
    Crossing,
    Effect,
    crossings,
    effects,
    equivalence_p,
)
from pipeline.report.verdict import NOT_COMPARED
from pipeline.runs.finished import FinishedRun
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import EXPERIMENT, SUMMARY, Summary
from pipeline.runs.study_result import FAILED, Axis, PointResult, StudyResult
from pipeline.settings.study import GRID, Point, Study, Varied
from pipeline.settings.study_plan import Plan

if TYPE_CHECKING:
    from components.evaluator.predictions import Predictions


@dataclass(frozen=True)
class PointRun:
    """A point, and what became of it.

    Attributes:
      point: the point.
      run: its finished run, which may have been fetched; None where it failed.
      reason: why it failed, in one line; else "".
    """

    point: Point
    run: RunFolder | None
    reason: str = ""


@dataclass(frozen=True)
class _Evidence:
    """What a judged point's models said of the test pictures, the pictures in a fixed order.

    Attributes:
      index: of the point.
      ids: names of the pictures.
      right: role → whether pictures were taken right, float [seeds, pictures].
      weights: of the pictures; None where all count the same.
    """

    index: int
    ids: np.ndarray
    right: Mapping[str, np.ndarray]
    weights: np.ndarray | None

    @property
    def difference(self) -> np.ndarray:
        """Candidate minus baseline, float [seeds, pictures]."""
        return self.right[names.CANDIDATE] - self.right[names.BASELINE]


def collect(study: Study, runs: Sequence[PointRun], planned: Plan) -> StudyResult:
    """Reads the points' runs and says what they show together.

    Args:
      study: the study.
      runs: of its points, in their order.
      planned: see `pipeline.settings.study_plan.plan`.

    Raises:
      UserError: a run's artifacts are damaged or gone.
    """
    summaries = [each.run.read(SUMMARY) if each.run else None for each in runs]
    results = [_point(each, summary) for each, summary in zip(runs, summaries, strict=True)]
    evidence = [
        _evidence(index, each.run, summary)
        for index, (each, summary) in enumerate(zip(runs, summaries, strict=True))
        if each.run and summary and results[index].judged
    ]
    equivalence = runs[0].point.experiment.gate.equivalence
    for each, conclusion in zip(evidence, _together(evidence, equivalence), strict=True):
        results[each.index] = replace(results[each.index], conclusion=conclusion)
    some = next((summary for summary in summaries if summary), None)
    experiment = runs[0].point.experiment
    metrics = [s.significance.headline_metric for s in summaries if s]
    result = StudyResult(
        name=study.name,
        question=study.question,
        headline="",
        details=[],
        experiment=experiment.name,
        data=some.data if some else "",
        titles=[arm.title for arm in experiment.arms.values()],
        metric=metrics[0] if metrics else ACCURACY,
        equivalence=equivalence,
        design=study.design,
        axes=[_axis(varied) for varied in study.varied],
        points=results,
        crossings=_crossings(study, evidence),
        effects=_effects(study, runs, evidence),
        trainings=planned.asked,
        trained=planned.trainings,
        made=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M"),
    )
    headline, details = answer(result, comparable=_comparable(evidence))
    return replace(result, headline=headline, details=details)


def _point(each: PointRun, summary: Summary | None) -> PointResult:
    values = list(each.point.values)
    if summary is None or each.run is None:
        return PointResult(values, "", FAILED, each.reason)
    significance = summary.significance
    baseline, candidate = significance.headline_scores
    scores = significance.scores_by_seed
    not_judged = summary.conclusion == NOT_JUDGED
    return PointResult(
        values=values,
        run=each.run.id,
        conclusion=summary.conclusion,
        reason=summary.headline.removeprefix(NOT_COMPARED) if not_judged else "",
        baseline=baseline,
        candidate=candidate,
        difference=significance.headline,
        baseline_scores=scores[0],
        candidate_scores=scores[1],
        seeds=summary.seeds,
    )


def _evidence(index: int, run: RunFolder, summary: Summary) -> _Evidence:
    predictions = _predictions(run, summary)
    order = np.argsort(predictions.example_ids)
    labels = predictions.labels[order]
    right = np.stack(
        [correct(labels, of_model[order]) for of_model in predictions.probabilities]
    ).astype(float)
    seeds = len(summary.seeds)
    balanced = summary.significance.headline_metric == BALANCED_ACCURACY
    return _Evidence(
        index,
        predictions.example_ids[order],
        {names.BASELINE: right[:seeds], names.CANDIDATE: right[seeds:]},
        class_weights(labels) if balanced else None,
    )


def _predictions(run: RunFolder, summary: Summary) -> Predictions:
    from components.evaluator.predictions import Predictions  # all of them take seconds
    from components.evaluator.significance_node import PREDICTIONS_FILE
    from pipeline.runs.metadata import read_run

    fetched = run.path / PREDICTIONS_FILE
    if fetched.exists():
        return Predictions.load(fetched)
    nodes = read_run(run.experiment.metadata, run.tfx_run)
    return FinishedRun(run.read(EXPERIMENT), summary, nodes).predictions()


def _together(evidence: Sequence[_Evidence], equivalence: float) -> list[str]:
    """The points' conclusions, corrected for their number."""
    intervals = [mean_interval(each.difference, each.weights) for each in evidence]
    different = holm([interval.p for interval in intervals])
    equal = holm([equivalence_p(each.difference, equivalence, each.weights) for each in evidence])
    return [
        EQUIVALENT if same else NOT_SHOWN if not differs else _sign(interval.estimate)
        for interval, differs, same in zip(intervals, different, equal, strict=True)
    ]


def _sign(estimate: float) -> str:
    return BETTER if estimate > 0 else WORSE


def _axis(varied: Varied) -> Axis:
    return Axis(
        varied.name,
        list(varied.settings),
        list(varied.values),
        varied.numbers,
        varied.by_logarithm,
    )


def _comparable(evidence: Sequence[_Evidence]) -> bool:
    """Whether all points have the same test pictures, and as many seeds."""
    return all(
        np.array_equal(a.ids, b.ids) and len(a.difference) == len(b.difference)
        for a, b in itertools.pairwise(evidence)
    )


def _crossings(study: Study, evidence: Sequence[_Evidence]) -> list[Crossing]:
    if study.design != GRID or len(study.varied) > 1 or len(evidence) < 2:
        return []
    [varied] = study.varied
    numbers = varied.numbers
    if numbers is None or not _comparable(evidence):
        return []
    scale, back = (np.log, np.exp) if varied.by_logarithm else (float, float)
    ordered = sorted(evidence, key=lambda each: numbers[each.index])
    found = crossings(
        [float(scale(numbers[each.index])) for each in ordered],
        [each.difference for each in ordered],
        evidence[0].weights,
    )
    return [
        Crossing(
            float(back(crossing.place)),
            None if crossing.low is None else float(back(crossing.low)),
            None if crossing.high is None else float(back(crossing.high)),
            crossing.upwards,
        )
        for crossing in found
    ]


def _effects(study: Study, runs: Sequence[PointRun], evidence: Sequence[_Evidence]) -> list[Effect]:
    """Of a whole 2^k design; of one part at a time, what each adds alone."""
    if study.design == GRID or len(evidence) < len(runs) or not _comparable(evidence):
        return []
    parts = [varied.name for varied in study.varied]
    right = {
        _in_place(study, runs[each.index].point): each.right[names.CANDIDATE] for each in evidence
    }
    right[frozenset()] = evidence[0].right[names.BASELINE]
    if len(right) < 2 ** len(parts):
        return []
    return effects(parts, right, evidence[0].weights)


def _in_place(study: Study, point: Point) -> frozenset[str]:
    return frozenset(
        varied.name
        for varied, value in zip(study.varied, point.values, strict=True)
        if value != varied.values[0]
    )

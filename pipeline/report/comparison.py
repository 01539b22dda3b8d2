"""Finished runs side by side: their answers, and the settings that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.runs.result import Summary


@dataclass(frozen=True, kw_only=True)
class ComparedRun:
    """A run's answer in one line.

    Attributes:
      run: its id.
      experiment: its name.
      seeds: with how many seeds each arm was trained.
      metric: what is compared: "accuracy" or "balanced accuracy" of the test pictures.
      baseline: of this, the mean over the seeds, 0 … 1.
      candidate: likewise.
      difference: candidate minus baseline, as the run estimated it.
      low: lower end of its 95 % interval.
      high: upper end.
      conclusion: see `components.evaluator.significance.Significance`; "not judged" where a model
        did not learn.
    """

    run: str
    experiment: str
    seeds: int
    metric: str
    baseline: float
    candidate: float
    difference: float
    low: float
    high: float
    conclusion: str


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Attributes:
      runs: in the order in which they were asked for.
      differing: the settings that are not the same in all runs, by their dotted names: what each
        run has; None where it has none.
    """

    runs: list[ComparedRun]
    differing: dict[str, list[Any]]


def compare(summaries: Sequence[Summary]) -> Comparison:
    """Sets runs side by side.

    Args:
      summaries: of each run.
    """
    return Comparison(
        [_compared(summary) for summary in summaries],
        _differing([summary.settings for summary in summaries]),
    )


def _compared(summary: Summary) -> ComparedRun:
    significance = summary.significance
    baseline, candidate = significance.headline_scores
    difference = significance.headline
    return ComparedRun(
        run=summary.run,
        experiment=summary.experiment,
        seeds=len(summary.seeds),
        metric=significance.headline_metric,
        baseline=baseline,
        candidate=candidate,
        difference=difference.estimate,
        low=difference.low,
        high=difference.high,
        conclusion=summary.conclusion,
    )


def _differing(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for of_run in settings for name in of_run)
    values = {name: [of_run.get(name) for of_run in settings] for name in names}
    return {
        name: of_runs
        for name, of_runs in values.items()
        if any(value != of_runs[0] for value in of_runs)
    }

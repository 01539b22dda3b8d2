"""How the settings of both arms were found, where they were sought."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components import names
from pipeline.report.plots import COLOURS, MARKERS, Plot, add_legend, in_legend, new_figure
from pipeline.report.section import Section
from pipeline.report.table import Cell, Number, Table, number
from pipeline.runs.finished import FinishedRun
from pipeline.runs.result import Summary

#: TFX's Tuner writes it: the trials that finished, the best first.
RESULTS = "tuner_results.json"


@dataclass(frozen=True)
class Trial:
    """A trial: its number, from 1; accuracy on split eval, 0 … 1; its settings by their names."""

    number: int
    accuracy: float
    values: dict[str, Any]


@dataclass(frozen=True)
class Search:
    """An arm's search.

    Attributes:
      title: of the arm.
      asked: how many trials there were to be.
      trials: those that finished, the best first.
      error: standard error of the best one's accuracy, 0 … 1, for other pictures of split eval.
    """

    title: str
    asked: int
    trials: list[Trial]
    error: float

    @property
    def as_good(self) -> int:
        """How many trials lie within one standard error of the best, that one counted."""
        return sum(trial.accuracy >= self.trials[0].accuracy - self.error for trial in self.trials)

    @property
    def failed(self) -> int:
        """Trials whose training diverged."""
        return self.asked - len(self.trials)


@dataclass(frozen=True)
class Tuned:
    """Both arms' searches, and what the experiment says without them.

    Attributes:
      searches: of baseline and candidate.
      untuned: sentences on the same experiment without tuning; none where it was not run.
    """

    searches: list[Search]
    untuned: list[str]


class HowTheSettingsWereFound(Section[Tuned]):
    """Every trial of both arms, how flat the best place is, and whether tuning turns the answer."""

    order, title = 28, "How the settings were found"
    template = """
{{ plots_of(plots) }}
{% if figures.untuned %}
<h3>Without tuning</h3>
{% for sentence in figures.untuned %}
<p>{{ sentence }}</p>
{% endfor %}
{% endif %}
{% for search in figures.searches %}
<h3>{{ search.title }}</h3>
<p>{{ search.trials | length }} of {{ search.asked }} trials finished
{{- "; the others diverged" if search.failed }}.
{{ search.as_good }} of them lie within one standard error
({{ "%.2f" | format(100 * search.error) }} points) of the best: so flat is the best place.</p>
{{ table(section.table(search)) }}
{% endfor %}
<p class="note">Trial 1 has the arm's own settings; the others are drawn, for both arms alike. Split
test was not asked.</p>
"""

    def compute(self, run: FinishedRun) -> Tuned | None:
        """The searches of both arms; None where nothing was sought."""
        if not run.experiment.tuning.trials:
            return None
        pictures = run.summary.pictures["eval"]
        searches = [
            _search(
                run.output(names.tuner(role), names.OUTPUT_TRIALS),
                arm.title,
                run.experiment.tuning.trials,
                pictures,
            )
            for role, arm in run.experiment.arms.items()
        ]
        return Tuned(searches, beside(run.summary, run.untuned) if run.untuned else [])

    def table(self, search: Search) -> Table:
        """A row a trial, the best first."""
        names = list(search.trials[0].values)
        rows = [
            (
                Number(str(trial.number), trial.number),
                number(trial.accuracy, 4),
                *(_value(trial.values[name]) for name in names),
            )
            for trial in search.trials
        ]
        columns = ("trial", "eval accuracy", *names)
        return Table(f"trials of {search.title}", columns, rows)

    def plots(self, figures: Tuned) -> Sequence[Plot]:
        """Each trial's accuracy, and the best so far."""
        searches = figures.searches
        figure, axes = new_figure()
        for search, colour, mark in zip(searches, COLOURS, MARKERS, strict=True):
            trials = sorted(search.trials, key=lambda trial: trial.number)
            numbers = [trial.number for trial in trials]
            accuracies = [trial.accuracy for trial in trials]
            best = [max(accuracies[: place + 1]) for place in range(len(accuracies))]
            axes.plot(numbers, accuracies, mark, color=colour, label=in_legend(search.title))
            axes.step(numbers, best, color=colour, where="post")
        axes.set_xlabel("trial (line: the best so far)")
        axes.set_ylabel("accuracy on split eval")
        axes.xaxis.get_major_locator().set_params(integer=True)
        add_legend(figure)
        text = "accuracy of each trial of both searches, and the best so far"
        scores = [{t.number: t.accuracy for t in search.trials} for search in searches]
        rows = [
            (
                Number(str(trial), trial),
                *(number(arm[trial], 4) if trial in arm else "diverged" for arm in scores),
            )
            for trial in range(1, searches[0].asked + 1)
        ]
        columns = ("trial", *(search.title for search in searches))
        return [Plot("tuning", text, figure, Table(text, columns, rows))]


def beside(tuned: Summary, untuned: Summary) -> list[str]:
    """What the same experiment says without tuning, and whether tuning turns the answer."""
    sentences = [f"Run {untuned.run}, without tuning: {untuned.headline}"]
    if tuned.conclusion == untuned.conclusion:
        sentences.append(f"Tuning does not turn the answer: {tuned.conclusion}, with and without.")
    else:
        sentences.append(
            f"Tuning turns the answer: {untuned.conclusion} without, {tuned.conclusion} with it."
        )
    ahead = [_ahead(summary) for summary in (tuned, untuned)]
    turned = sum(with_it != without for with_it, without in zip(*ahead, strict=True))
    if len(tuned.seeds) > 1:
        sentences.append(
            f"Seed by seed, the model that is ahead is another one in {turned} of "
            f"{len(tuned.seeds)}."
        )
    return sentences


def _ahead(summary: Summary) -> list[float]:
    """Which model is ahead, by seed: 1 the candidate, -1 the baseline, 0 neither."""
    baseline, candidate = summary.significance.scores_by_seed
    return np.sign(np.subtract(candidate, baseline)).tolist()


def _value(value: Any) -> Cell:
    return Number(f"{value:.4g}", value) if isinstance(value, float) else str(value)


def _search(folder: Path, title: str, asked: int, pictures: int) -> Search:
    rows = json.loads((folder / RESULTS).read_text())
    trials = [
        Trial(
            int(row["trial_id"]) + 1,
            row["score"],
            {name: value for name, value in row.items() if name not in ("trial_id", "score")},
        )
        for row in rows
    ]
    best = trials[0].accuracy
    return Search(title, asked, trials, math.sqrt(best * (1 - best) / pictures))


SECTION = HowTheSettingsWereFound()

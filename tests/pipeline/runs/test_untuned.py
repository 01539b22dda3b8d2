"""The untuned run beside a tuned one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from components.ingestion.reader import Contents
from pipeline.datasets.locate import Located
from pipeline.report.sections.tuning import beside
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.runs.result import DATA, EXPERIMENT, SUMMARY, Summary
from pipeline.runs.untuned import untuned
from pipeline.settings.experiment import Experiment
from pipeline.settings.overrides import override
from tests.pipeline.report.run_result import EXPERIMENT as PLAIN
from tests.pipeline.report.run_result import a_summary

TUNED = override(PLAIN, ["tuning.trials=3"])
DATA_HERE = Located(Path("here"), "own", "made", Contents({"train": 10}, {"images": "1234"}))


def finished(
    home: ExperimentFolder, experiment: Experiment, sha256: str = "1234", epochs: int = 0
) -> RunFolder:
    run = home.new_run()
    if epochs:
        experiment = override(experiment, [f"baseline.epochs={epochs}"])
    run.write(EXPERIMENT, experiment)
    run.write(DATA, replace(DATA_HERE, contents=Contents({"train": 10}, {"images": sha256})))
    run.write(SUMMARY, a_summary(run=run.id))
    return run


def test_the_last_run_before_that_differs_in_its_tuning_only(tmp_path: Path) -> None:
    home = ExperimentFolder.of(tmp_path, "mlp-batchnorm")
    finished(home, PLAIN)
    plain = finished(home, PLAIN)
    finished(home, PLAIN, sha256="other data")
    finished(home, PLAIN, epochs=2)
    home.new_run()  # that was stopped
    tuned = finished(home, TUNED)
    finished(home, PLAIN)  # later
    found = untuned(tuned, tuned.read(EXPERIMENT))
    assert found
    assert found.run == plain.id
    assert untuned(plain, PLAIN) is None


def with_scores(baseline: list[float], candidate: list[float], conclusion: str) -> Summary:
    summary = a_summary(seeds=2)
    significance = replace(
        summary.significance,
        baseline_accuracy=baseline,
        candidate_accuracy=candidate,
        conclusion=conclusion,
    )
    return replace(summary, significance=significance)


@pytest.mark.parametrize(
    ("without", "conclusion", "said", "turned"),
    [
        ([0.7, 0.7], "worse", "Tuning turns the answer: worse without, better with it.", 2),
        ([0.9, 0.8], "better", "Tuning does not turn the answer: better, with and without.", 0),
        ([0.9, 0.7], "better", "Tuning does not turn the answer: better, with and without.", 1),
    ],
)
def test_whether_tuning_turns_the_answer_is_told(
    without: list[float], conclusion: str, said: str, turned: int
) -> None:
    tuned = with_scores([0.8, 0.8], [0.9, 0.9], "better")
    sentences = beside(tuned, with_scores([0.75, 0.75], without, conclusion))
    assert sentences[1:] == [
        said,
        f"Seed by seed, the model that is ahead is another one in {turned} of 2.",
    ]

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from components import names
from pipeline.report.sections.tuning import RESULTS, SECTION, Search, Trial, Tuned
from pipeline.runs.metadata import NodeRecord
from pipeline.settings.overrides import override
from tests.pipeline.report.run_result import (
    SCRIPT,
    a_run,
    a_summary,
    cells_of,
    check_plots,
    page_of,
)

SEARCHES = [
    Search(
        title,
        3,
        [
            Trial(2, best, {"learning_rate": 0.00123456, "epochs": 4}),
            Trial(1, 0.5, {"learning_rate": 0.001, "epochs": 8}),
        ],
        error=0.02,
    )
    for title, best in (("MLP", 0.51), ("MLP + BN", 0.9))
]


def test_every_trial_is_shown_the_best_first_and_how_flat_the_best_place_is() -> None:
    page = page_of(SECTION, Tuned(SEARCHES, []), a_summary())
    assert page.headings == ["How the settings were found"]
    assert "2 of 3 trials finished; the others diverged." in page.text
    assert "2 of them lie within one standard error (2.00 points)" in page.text
    assert "1 of them lie within one standard error" in page.text
    assert cells_of(SECTION.table(SEARCHES[1])) == [
        ["2", "0.9000", "0.001235", "4"],
        ["1", "0.5000", "0.001", "8"],
    ]


def test_the_plot_has_both_searches_and_its_numbers_say_what_diverged() -> None:
    [plot] = plots = SECTION.plots(Tuned(SEARCHES, []))
    check_plots(plots, ["tuning"])
    assert cells_of(plot.numbers)[2] == ["3", "diverged", "diverged"]


def test_what_the_experiment_says_untuned_is_shown() -> None:
    page = page_of(SECTION, Tuned(SEARCHES, [f"Tuning turns {SCRIPT}"]), a_summary())
    assert "Without tuning" in page.text
    assert "script" not in page.tags


def test_the_trials_are_those_that_tfx_wrote(tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_text(json.dumps([{"trial_id": "01", "score": 0.64, "epochs": 2}]))
    outputs = {names.OUTPUT_TRIALS: tmp_path}
    left = NodeRecord(cached=False, outputs=outputs, properties={}, manifests=False)
    plain = a_run(a_summary())
    tuned = dataclasses.replace(
        plain,
        experiment=override(plain.experiment, ["tuning.trials=4"]),
        nodes={names.tuner(role): left for role in names.ROLES},
    )
    assert SECTION.compute(plain) is None
    found = SECTION.compute(tuned)
    assert found
    for search in found.searches:
        assert search.trials == [Trial(2, 0.64, {"epochs": 2})]
        assert search.failed == 3
        assert search.error == (0.64 * 0.36 / tuned.summary.pictures["eval"]) ** 0.5

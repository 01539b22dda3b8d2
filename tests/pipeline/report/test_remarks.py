from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.ingestion.leaks import Leaks
from pipeline.experiments import find_experiment
from pipeline.report.remarks import draw_remarks, remarks
from pipeline.settings.experiment import Experiment


def changed(name: str, *, repeats: int = 1, redraw: bool = False, **of_data: Any) -> Experiment:
    experiment = find_experiment(name)
    dataset = replace(experiment.dataset, **of_data)
    return replace(experiment, dataset=dataset, repeats=repeats, redraw=redraw)


def test_another_draw_is_said_and_what_it_leaves_the_same() -> None:
    assert draw_remarks(changed("mlp-batchnorm"), 60_000) == []
    [all_used] = draw_remarks(changed("mlp-batchnorm", draw=3), 60_000)
    assert all_used.endswith("draw 3, which uses every training picture: only split eval differs.")
    [part] = draw_remarks(changed("mlp-batchnorm", draw=3, train_limit=2000), 60_000)
    assert part == "The pictures are those of draw 3."
    assert draw_remarks(changed("cnn-regularized", draw=3), 1600) == [part]


def test_repeats_with_draws_of_their_own_say_whether_they_differ() -> None:
    few = changed("mlp-batchnorm", repeats=3, redraw=True, train_limit=2000)
    assert draw_remarks(few, 60_000) == [
        "Each repeat was trained on a draw of its own from the training pictures."
    ]
    [all_used] = draw_remarks(changed("mlp-batchnorm", repeats=3, redraw=True), 60_000)
    assert all_used.startswith("Every training picture is used, so the repeats' draws differ only")


def test_models_that_did_not_start_from_fresh_weights_are_said_not_to() -> None:
    continued = replace(changed("mlp-batchnorm"), base_model="20261126-100000Z")
    [said] = remarks(continued, 60_000, Leaks(test_pictures=200))
    assert said.startswith(
        "Neither model started from fresh weights: both continued from run 20261126-100000Z"
    )
    assert remarks(changed("mlp-batchnorm"), 60_000, Leaks(test_pictures=200)) == []

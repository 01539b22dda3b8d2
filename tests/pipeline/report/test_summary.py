from __future__ import annotations

from dataclasses import replace

from pipeline.experiments import find_experiment
from pipeline.report.summary import draw_remarks


def test_another_draw_is_said_and_what_it_leaves_the_same() -> None:
    dataset = find_experiment("mlp-batchnorm").dataset
    assert draw_remarks(dataset, 60_000) == []
    [all_used] = draw_remarks(replace(dataset, draw=3), 60_000)
    assert all_used.endswith("draw 3, which uses every training picture: only split eval differs.")
    [part] = draw_remarks(replace(dataset, draw=3, train_limit=2000), 60_000)
    assert part == "The pictures are those of draw 3."
    photographs = replace(find_experiment("cnn-regularized").dataset, draw=3)
    assert draw_remarks(photographs, 1600) == [part]

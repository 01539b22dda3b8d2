"""How long a study still takes: what its points tell, and no more."""

from __future__ import annotations

from pipeline.runs.study_time import Progress, Span
from pipeline.settings.study import points
from pipeline.studies import find_study


def test_points_of_the_same_work_take_the_same_time() -> None:
    rates = "candidate.optimizer.learning_rate=0.1,0.01,0.001"
    every = points(find_study("mlp-batchnorm", [rates]))
    progress = Progress(every)
    # The baseline's training is the first point's alone.
    assert progress.left(every[0], 100.0) == Span(2 * 50.0, 2 * 100.0)
    assert progress.left(every[1], 60.0) == Span(60.0, 60.0)
    assert progress.left(every[2], 60.0) is None


def test_more_pictures_take_longer_but_not_in_proportion() -> None:
    every = points(find_study("mlp-batchnorm", ["dataset.train_limit=500,1000,50000"]))
    progress = Progress(every)
    assert progress.left(every[0], 100.0) == Span(100.0 + 100.0, 200.0 + 10_000.0)
    # By the nearest, which is the larger one.
    assert progress.left(every[1], 110.0) == Span(110.0, 5_500.0)


def test_what_comes_from_the_cache_tells_nothing() -> None:
    every = points(find_study("mlp-batchnorm", ["dataset.train_limit=500,1000,50000"]))
    assert Progress(every).left(every[0], 3.0) is None

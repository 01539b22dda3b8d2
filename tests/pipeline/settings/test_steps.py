"""A training of few steps is said before it begins, with what to change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.experiments import EXPERIMENTS
from pipeline.settings.overrides import override
from pipeline.settings.steps import batch_size_for, few_steps, training_pictures

MLP = EXPERIMENTS["mlp-batchnorm"]


def test_one_step_an_epoch_does_not_pass_without_a_word() -> None:
    experiment = override(MLP, ["dataset.train_limit=125"])
    [said] = few_steps(experiment, {"train": 60_000, "test": 10_000})
    assert said.startswith(
        "baseline and candidate: batches of 128 make of about 112 training pictures 1 step an "
        "epoch, 10 in 10 epochs. That is few"
    )
    assert said.endswith("--set baseline.batch_size=8 --set candidate.batch_size=8")


def test_few_epochs_are_said_where_a_batch_is_small_enough() -> None:
    experiment = override(MLP, ["dataset.train_limit=5000", "candidate.epochs=3"])
    [said] = few_steps(experiment, {"train": 60_000, "test": 10_000})
    assert said.startswith("candidate: batches of 128 make of about 4,500 training pictures 36 ")
    assert said.endswith("--set candidate.epochs=13")


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_the_experiments_have_enough_on_their_own_data(name: str) -> None:
    assert few_steps(EXPERIMENTS[name], {"train": 25_000, "test": 0}) == []


def test_pictures_for_training_are_what_limits_and_draws_leave() -> None:
    dogs = EXPERIMENTS["cnn-regularized"].dataset
    assert training_pictures(dogs, {"train": 25_000, "test": 0}) == 1600
    everything = replace(dogs, data_subset=0)
    assert training_pictures(everything, {"train": 1000, "test": 0}) == 600
    assert training_pictures(everything, {"train": 1000, "test": 9}) == 800  # none are drawn


def test_a_batch_size_is_a_power_of_two_with_ten_steps_an_epoch() -> None:
    sizes = [batch_size_for(pictures, 128) for pictures in (1, 50, 125, 320, 5000)]
    assert sizes == [4, 4, 8, 32, 128]

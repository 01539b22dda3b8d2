"""The options that change an experiment."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from components.errors import UserError
from pipeline.cli.options import Request, experiment_options


def request_of(*words: str) -> Request:
    requests: list[Request] = []

    @click.command
    @experiment_options
    def command(request: Request) -> None:
        requests.append(request)

    CliRunner().invoke(command, words, catch_exceptions=False)
    return requests[0]


def test_an_option_is_a_change_of_a_setting() -> None:
    words = ["--seed=2", "--repeats=3", "--redraw", "--gate=significance"]
    words.append("--backbone-weights=none")
    changes = request_of("resnet50-transfer", *words).changes
    assert changes == (
        *("candidate.backbone_weights=none", "seed=2", "repeats=3", "redraw=True"),
        "gate.kind=significance",
    )


def test_without_options_nothing_changes() -> None:
    request = request_of("mlp-batchnorm")
    assert (request.changes, request.data, request.beam_args) == ((), "auto", ())
    assert request.changed() == request.experiment


def test_set_may_change_one_of_the_limits() -> None:
    request = request_of("mlp-batchnorm", "--set", "dataset.test_limit=50", "--limit=100")
    dataset = request.changed().dataset
    assert (dataset.train_limit, dataset.test_limit) == (100, 50)


def test_what_a_gpu_changes_comes_before_the_users_changes() -> None:
    request = request_of("mlp-batchnorm", "--set", "candidate.epochs=3")
    changed = request.changed(before=["candidate.epochs=4", "candidate.batch_size=256"])
    assert (changed.candidate.epochs, changed.candidate.batch_size) == (3, 256)


def test_options_of_beam_may_look_like_options() -> None:
    request = request_of("mlp-batchnorm", "--beam-arg=--runner=X", "--beam-arg", "--flag")
    assert request.beam_args == ("--runner=X", "--flag")


def test_an_unknown_experiment_is_refused() -> None:
    with pytest.raises(UserError, match="did you mean mlp-batchnorm"):
        request_of("mlp-batchnrom")

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.hints import did_you_mean, nearest
from pipeline.experiments import EXPERIMENTS
from pipeline.settings.overrides import SHORT_NAMES, dotted

SETTINGS = list(dotted(EXPERIMENTS["mlp-batchnorm"]))
NODES = ["ExampleGen", "Transform", "Trainer.baseline", "Trainer.candidate", "Evaluator"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("candidate.lr", ["candidate.optimizer.learning_rate"]),
        ("candidate.optimizer.lr", ["candidate.optimizer.learning_rate"]),
        ("candidate.learning_rate", ["candidate.optimizer.learning_rate"]),
        ("lr", ["baseline.optimizer.learning_rate", "candidate.optimizer.learning_rate"]),
        ("baseline.bs", ["baseline.batch_size"]),
        ("batch-size", ["baseline.batch_size", "candidate.batch_size"]),
        ("epochs", ["baseline.epochs", "candidate.epochs"]),
        ("candidate.optimizer", ["candidate.optimizer.name"]),
        ("Candidate.epochs", ["candidate.epochs"]),
        ("candidate.epocs", ["candidate.epochs"]),
        ("image_size", ["dataset.shape"]),
        ("random_state", ["seed"]),
        ("qqqqqqqq", []),
    ],
)
def test_settings_are_known_by_the_fields_short_names(name: str, near: list[str]) -> None:
    assert nearest(name, SETTINGS, SHORT_NAMES) == near


def test_what_the_field_calls_a_setting_is_one_unless_no_experiment_has_it_yet() -> None:
    known = [f".{name}" for experiment in EXPERIMENTS.values() for name in dotted(experiment)]
    unknown = {
        meant
        for meant in SHORT_NAMES.values()
        if not any(name.endswith(f".{meant}") for name in known)
    }
    assert unknown <= {"weight_decay"}


def test_a_name_that_goes_on_is_near() -> None:
    assert did_you_mean("Trainer", NODES) == "did you mean Trainer.baseline or Trainer.candidate?"
    assert did_you_mean("transfrom", NODES) == "did you mean Transform?"


def test_where_nothing_is_near_all_names_are_listed() -> None:
    assert did_you_mean("xyz", ["one", "two"]) == "there is one, two"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_whatever_is_written_only_known_names_are_named(name: str) -> None:
    assert set(nearest(name, SETTINGS, SHORT_NAMES)) <= set(SETTINGS)

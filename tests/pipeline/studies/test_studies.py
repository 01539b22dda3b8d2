"""Studies as data: points, plans, and what cannot be one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.errors import UserError
from pipeline.experiments import EXPERIMENTS
from pipeline.settings.study import Study, Varied, points
from pipeline.settings.study_plan import plan
from pipeline.studies import STUDIES, find_study

MLP = EXPERIMENTS["mlp-batchnorm"]
LIMITS = Varied(settings=("dataset.train_limit",), values=("500", "1000"), title="pictures")


def study(**changes: Any) -> Study:
    values = {"name": "s", "question": "?", "experiment": MLP, "varied": (LIMITS,)}
    return Study(**{**values, **changes})


def test_a_point_is_the_experiment_with_its_values() -> None:
    few, many = points(study(), ["candidate.epochs=3", "dataset.train_limit=9"])
    assert few.values == ("500",)
    assert few.experiment.dataset.train_limit == 500
    assert many.experiment.dataset.train_limit == 1000
    assert few.experiment.candidate.epochs == 3
    assert few.experiment.name == MLP.name


def test_two_varied_settings_give_every_combination() -> None:
    rates = Varied(
        settings=("baseline.optimizer.learning_rate", "candidate.optimizer.learning_rate"),
        values=("0.1", "0.01", "0.001"),
    )
    made = points(study(varied=(LIMITS, rates)))
    assert [point.values for point in made[:4]] == [
        ("500", "0.1"),
        ("500", "0.01"),
        ("500", "0.001"),
        ("1000", "0.1"),
    ]
    for point in made:
        assert {arm.optimizer.learning_rate for arm in point.experiment.arms.values()} == {
            float(point.values[1])
        }


def test_what_points_share_is_counted_once() -> None:
    dropout = find_study("cnn-regularized", ["candidate.optimizer.momentum=0.5,0.7,0.9"])
    planned = plan(points(dropout, ["repeats=3"]))
    assert (planned.points, planned.asked, planned.trainings) == (3, 18, 3 + 9)
    planned = plan(points(study(), ["repeats=2"]))
    assert (planned.asked, planned.trainings, planned.shared) == (8, 8, 0)
    parts = plan(points(STUDIES["which-part-helps"]))
    assert (parts.points, parts.trainings) == (3, 4 * 3)


@pytest.mark.parametrize("name", STUDIES)
def test_the_built_in_studies_are_sound(name: str) -> None:
    made = points(STUDIES[name])
    assert len(made) > 2
    assert all(point.experiment.repeats == 3 for point in made)
    assert STUDIES[name].name == name


def test_a_design_of_parts_has_every_combination_but_none() -> None:
    parts = STUDIES["which-part-helps"]
    assert [point.values for point in points(parts)] == [
        ("false", "0.5"),
        ("true", "0"),
        ("true", "0.5"),
    ]
    third = Varied(settings=("candidate.arguments.l2",), values=("0", "0.001"))
    three = replace(parts, varied=(*parts.varied, third))
    assert len(points(three)) == 7
    assert len(points(replace(three, design="one-at-a-time"))) == 7
    fourth = Varied(settings=("candidate.augment",), values=("false", "true"))
    four = replace(three, varied=(*three.varied, fourth))
    assert len(points(four)) == 15
    assert len(points(replace(four, design="one-at-a-time"))) == 9


@pytest.mark.parametrize(
    ("name", "vary", "design", "said"),
    [
        ("mlp-batchnorm", [], None, "is an experiment: say what to vary"),
        ("mlp-batchnrm", ["seed=1,2"], None, "unknown experiment 'mlp-batchnrm': did you mean"),
        ("when-batchnorm-pay", [], None, "unknown study .* did you mean when-batchnorm-pays"),
        ("when-batchnorm-pays", ["seed=1,2"], None, "is a study, which says itself"),
        ("when-batchnorm-pays", [], "grid", "--design goes with --vary"),
        ("mlp-batchnorm", ["seed"], None, "--vary seed: write it as setting=value,value"),
        ("mlp-batchnorm", ["seed=1"], None, "needs two values at least"),
        ("mlp-batchnorm", ["seed=1,1"], None, "seed has a value twice"),
        ("mlp-batchnorm", ["seed=1,,2"], None, "write it as setting=value,value"),
        ("mlp-batchnorm", ["seed=1,2", "seed=3,4"], None, "seed is varied twice"),
        ("mlp-batchnorm", ["seed=1,2", "repeats=1,2", "redraw=0,1"], None, "one or two things"),
        ("mlp-batchnorm", ["seed=1,2"], "factorial", "takes 2 to 6 parts"),
        ("mlp-batchnorm", ["seed=1,2", "repeats=1,2"], "factorial", "is no part of the candidate"),
        (
            "mlp-batchnorm",
            ["candidate.epochs=1,2,3", "candidate.augment=0,1"],
            "factorial",
            "needs two values in a design of parts",
        ),
    ],
)
def test_what_is_no_study_is_told_in_a_line(
    name: str, vary: list[str], design: Any, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        find_study(name, vary, design)


@pytest.mark.parametrize(
    ("vary", "design", "said"),
    [
        (["dataset.trian_limit=1,2"], None, "no such setting; did you mean dataset.train_limit"),
        (["dataset.train_limit=1,many"], None, "dataset.train_limit=many: must be a whole number"),
        (
            ["candidate.arguments.dropout=0,0.5", "candidate.augment=false,true"],
            "factorial",
            "baseline.model is not that of the candidate without its parts",
        ),
    ],
)
def test_a_point_that_cannot_be_is_told_before_any_runs(
    vary: list[str], design: Any, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        points(find_study("mlp-batchnorm", vary, design))


def test_the_name_of_a_study_that_was_made_says_what_is_varied() -> None:
    assert find_study("mlp-batchnorm", ["dataset.train_limit=1,2"]).name == (
        "mlp-batchnorm-by-train-limit"
    )


@pytest.mark.parametrize(
    ("values", "by_logarithm"),
    [
        (("500", "1000", "2500", "60000"), True),
        (("50", "100", "200", "300", "465"), True),
        (("1e-4", "1e-1"), True),
        (("0.1", "0.3", "0.5", "0.7", "0.9"), False),
        (("10", "20", "30"), False),
        (("0", "1", "100"), False),
        (("Adam", "SGD"), False),
    ],
)
def test_what_spreads_over_orders_of_magnitude_is_shown_by_logarithm(
    values: tuple[str, ...], by_logarithm: bool
) -> None:
    assert Varied(settings=("epochs",), values=values).by_logarithm is by_logarithm

"""The parameters of a cluster's runs, and where their data come from."""

from __future__ import annotations

import dataclasses

import pytest

from components.errors import UserError
from pipeline.experiments import find_experiment
from pipeline.runners.kubeflow.package import Package, cluster_data, parse_parameters

PACKAGE = Package(
    "mlp-batchnorm",
    [
        {
            "root": {
                "dag": {"tasks": {"trainer-baseline": {}, "pusher": {}}},
                "inputDefinitions": {
                    "parameters": {
                        "seed": {"parameterType": "NUMBER_INTEGER"},
                        "data": {"parameterType": "STRING"},
                    }
                },
            }
        }
    ],
)


def test_a_package_knows_its_nodes() -> None:
    assert PACKAGE.nodes == ["trainer-baseline", "pusher"]


def test_parameters_are_numbers_where_they_are_defined_so() -> None:
    values = parse_parameters(["seed=7", "data=/data/a=b"])
    assert values == {"seed": "7", "data": "/data/a=b"}
    assert PACKAGE.check_parameters(values) == {"seed": 7, "data": "/data/a=b"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"seeds": "1"}, "--param seeds: no such parameter; there is seed, data"),
        ({"seed": "x"}, "--param seed=x: must be a whole number"),
    ],
)
def test_a_parameter_that_no_run_can_have_is_refused(values: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        PACKAGE.check_parameters(values)


def test_a_parameter_needs_a_value() -> None:
    with pytest.raises(UserError, match="--param seed: write it as name=value"):
        parse_parameters(["seed"])


def test_a_cluster_takes_no_stand_in_by_itself() -> None:
    known = find_experiment("mlp-batchnorm")
    own = dataclasses.replace(
        known, dataset=dataclasses.replace(known.dataset, source=None, folder="letters")
    )
    assert cluster_data(known, "auto") == "official"
    assert cluster_data(known, "sample") == "sample"
    assert cluster_data(own, "auto") == "letters"
    nowhere = dataclasses.replace(own, dataset=dataclasses.replace(own.dataset, folder=""))
    with pytest.raises(UserError, match="name their folder on the cluster with --data"):
        cluster_data(nowhere, "auto")

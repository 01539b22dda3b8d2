from __future__ import annotations

import pytest

from components.errors import UserError
from pipeline.runners.kubeflow.installation import Installation, installation_of

MINE = "minio://mlpipeline/private-artifacts/me/v2/artifacts"
OLD = "minio://mlpipeline/v2/artifacts"


@pytest.mark.parametrize(
    ("health", "installation"),
    [
        # The API server's own answer.
        (
            {"commit_sha": "c", "tag_name": "2.5.0", "multi_user": False},
            Installation("2.5.0", several_users=False),
        ),
        # The user interface's, which asks the API server.
        (
            {"apiServerTagName": "2.15.0", "apiServerMultiUser": True, "buildDate": "x"},
            Installation("2.15.0", several_users=True),
        ),
        ({"tag_name": "unknown", "multi_user": True}, Installation("", several_users=True)),
        ({"tag_name": 3, "multi_user": "yes"}, Installation()),
        ({}, Installation()),
    ],
)
def test_it_says_what_it_is(health: dict[str, object], installation: Installation) -> None:
    assert installation_of(health) == installation


@pytest.mark.parametrize(
    ("installation", "root"),
    [
        (Installation("2.5.0"), OLD),
        (Installation("2.17.0"), OLD),
        (Installation("2.5.0", several_users=True), OLD),
        (Installation("2.15.0", several_users=True), MINE),
        (Installation("", several_users=True), MINE),
    ],
)
def test_runs_have_a_root_of_the_installation(installation: Installation, root: str) -> None:
    assert installation.default_root("me") == root
    installation.check("me", root)
    installation.check("me", "")


@pytest.mark.parametrize(
    ("installation", "namespace", "root", "said"),
    [
        (Installation("2.4.1"), "", "", "this is Kubeflow Pipelines 2.4.1: 2.5 or newer is needed"),
        (Installation("2.15.0", several_users=True), "", "", "namespace with --namespace"),
        (Installation("2.15.0", several_users=True), "me", OLD, "a profile may not write there"),
        (
            Installation("2.17.0", several_users=True),
            "me",
            "minio://mlpipeline/private-artifacts/you/x",
            "take a folder in minio://mlpipeline/private-artifacts/me/",
        ),
    ],
)
def test_what_cannot_work_there_is_one_line(
    installation: Installation, namespace: str, root: str, said: str
) -> None:
    with pytest.raises(UserError) as error:
        installation.check(namespace, root)
    assert said in str(error.value)


@pytest.mark.parametrize("root", ["s3://mine/x", "minio://other/x", "minio://mlpipeline/shared/x"])
def test_other_places_are_the_users_matter(root: str) -> None:
    Installation("2.17.0", several_users=True).check("me", root)

"""The parts of the containers' command that need no container; the whole is in tests/e2e."""

from __future__ import annotations

import pytest

from pipeline.runners.kubeflow.entrypoint import run_id, with_addresses


@pytest.mark.parametrize("root", ["minio://mlpipeline/v2/artifacts", "s3://b/mlp", "gs://b/mlp/x"])
def test_the_run_is_found_in_an_address(root: str) -> None:
    assert run_id(f"{root}/mlp/8d51/report/c0de/page", "mlp") == "8d51"
    assert run_id(f"{root}/report/8d51/report/c0de/report", "report") == "8d51"
    assert run_id(f"{root}/other/8d51/report/c0de/page", "mlp") == ""


def test_folders_become_addresses() -> None:
    output = {"a": ["/s3/b/model_run/1", {"b": "at /s3/b/model, /s3/b/model"}], "c": 3}
    addresses = {"/s3/b/model": "s3://b/model", "/s3/b/model_run": "s3://b/model_run"}
    assert with_addresses(output, addresses) == {
        "a": ["s3://b/model_run/1", {"b": "at s3://b/model, s3://b/model"}],
        "c": 3,
    }

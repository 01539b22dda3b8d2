"""The parts of the containers' command that need no container; the whole is in tests/e2e."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.runners.kubeflow.entrypoint import _look_at_data, run_id, with_addresses


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


def test_the_look_at_the_data_goes_into_the_examples(tmp_path: Path) -> None:
    folder = tmp_path / "cats [1]"
    (folder / "cat").mkdir(parents=True)
    (folder / "cat/0.jpg").write_bytes(b"a picture")
    seen = []
    for _ in range(2):
        examples: dict[str, Any] = {"metadata": {"name": "x"}}
        invocation = {"outputs": {"artifacts": {"examples": {"artifacts": [examples]}}}}
        reader = "components.ingestion.formats.image_folder.ImageFolderReader"
        _look_at_data(invocation, reader, folder)
        seen.append(examples["metadata"])
        (folder / "cat/0.jpg").write_bytes(b"another one")
    assert all(metadata["name"] == "x" and metadata["span"] == 0 for metadata in seen)
    assert seen[0]["input_fingerprint"] != seen[1]["input_fingerprint"]

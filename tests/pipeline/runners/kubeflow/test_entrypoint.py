"""The parts of the containers' command that need no container; the whole is in tests/e2e."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.runners.kubeflow.entrypoint import _look_at_data


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

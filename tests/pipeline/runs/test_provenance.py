"""Which code made a result."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.experiments import EXPERIMENTS
from pipeline.runs import provenance
from pipeline.runs.provenance import code_version, fingerprint
from pipeline.settings.overrides import override

EXPERIMENT = EXPERIMENTS["mlp-batchnorm"]


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the project's place."""
    monkeypatch.setattr(provenance, "CHECKOUT", tmp_path.resolve())
    return tmp_path.resolve()


def test_a_checkout_is_named_by_its_commit_and_told_when_it_was_changed(project: Path) -> None:
    git(project, "init")
    (project / "file").write_text("one")
    git(project, "add", "file")
    git(project, "commit", "-m", "one")
    found = code_version(EXPERIMENT)
    assert found.commit == git(project, "rev-parse", "HEAD")
    assert not found.changed
    (project / "file").write_text("two")
    assert code_version(EXPERIMENT).changed


def test_a_copy_inside_of_another_checkout_does_not_take_its_commit(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "init")
    (project / "copy").mkdir()
    monkeypatch.setattr(provenance, "CHECKOUT", project / "copy")
    found = code_version(EXPERIMENT)
    assert (found.commit, found.changed) == ("", False)


def test_the_fingerprint_follows_what_an_experiment_names() -> None:
    other = override(EXPERIMENT, ["candidate.model=components.trainer.models.cnn.build_cnn_model"])
    assert fingerprint(EXPERIMENT) == fingerprint(override(EXPERIMENT, ["seed=5"]))
    assert fingerprint(EXPERIMENT) != fingerprint(other)
    versions = code_version(EXPERIMENT).versions
    assert {"python", "tfx", "tensorflow"} <= set(versions)

"""The same command again: what counts as the same, and what does not."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from components.manifest import write_manifest
from pipeline.experiments import EXPERIMENTS
from pipeline.runs import unchanged
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.settings.overrides import override

EXPERIMENT = EXPERIMENTS["mlp-batchnorm"]
ARTIFACT = "nodes/Trainer.baseline/model/7"


@pytest.fixture
def run(tmp_path: Path, idx_folder: Path) -> RunFolder:
    """A finished run on `data`, that left an artifact and a copy of it."""
    home = ExperimentFolder.of(tmp_path / "runs", EXPERIMENT.name)
    run = home.new_run()
    for folder in (ARTIFACT, "serving/1"):
        (home.path / folder).mkdir(parents=True)
        (home.path / folder / "weights").write_bytes(b"weights")
    write_manifest(home.path / ARTIFACT)
    run.report.write_text("report")
    basis = unchanged.look(EXPERIMENT, str(idx_folder), False, idx_folder, [])
    left = {ARTIFACT: ARTIFACT, "serving/1": ARTIFACT}
    run.write(unchanged.BASIS, dataclasses.replace(basis, left=left))
    return run


def found(run: RunFolder, data: Path) -> RunFolder | None:
    return unchanged.find(run.experiment, EXPERIMENT, str(data), False)


def test_the_same_is_found(
    run: RunFolder, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(run, idx_folder) == run
    later = run.experiment.new_run()  # one that did not finish
    assert later.id > run.id
    assert found(run, idx_folder) == run
    monkeypatch.chdir(idx_folder.parent)
    assert found(run, Path("data")) == run


def flip(file: Path) -> None:
    """Another byte, with the same size and time."""
    status = file.stat()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


CHANGES: dict[str, Callable[[RunFolder, Path], object]] = {
    "a label": lambda run, data: flip(data / "t10k-labels-idx1-ubyte.gz"),
    "no data": lambda run, data: (data / "t10k-labels-idx1-ubyte.gz").unlink(),
    "a weight": lambda run, data: flip(run.experiment.path / ARTIFACT / "weights"),
    "what is served": lambda run, data: flip(run.experiment.path / "serving/1/weights"),
    "no report": lambda run, data: run.report.unlink(),
    "what it rests on": lambda run, data: (run.path / "basis.json").write_text("{"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_noticed(change: str, run: RunFolder, idx_folder: Path) -> None:
    CHANGES[change](run, idx_folder)
    assert found(run, idx_folder) is None


def test_other_settings_surroundings_and_packages_are_noticed(
    run: RunFolder, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = override(EXPERIMENT, ["candidate.epochs=3"])
    assert unchanged.find(run.experiment, other, str(idx_folder), False) is None
    assert unchanged.find(run.experiment, EXPERIMENT, str(idx_folder), True) is None
    assert unchanged.find(run.experiment, EXPERIMENT, "auto", False) is None
    with monkeypatch.context() as patch:
        patch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=2")
        assert found(run, idx_folder) is None
    monkeypatch.setattr(unchanged, "_installed", lambda: ["keras-9.9.dist-info"])
    assert found(run, idx_folder) is None


def test_other_code_is_noticed(
    run: RunFolder, idx_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "package" / "__init__.py"
    file.parent.mkdir()
    file.write_text("")
    monkeypatch.setattr(unchanged.components, "__file__", str(file))
    assert found(run, idx_folder) is None


def test_an_archive_is_looked_at_itself(run: RunFolder, idx_folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "data.zip"
    archive.write_bytes(b"archive")
    basis = unchanged.look(EXPERIMENT, str(archive), False, idx_folder, [])
    assert basis.files == [str(archive)]
    run.write(unchanged.BASIS, basis)
    assert found(run, archive) == run
    flip(archive)
    assert found(run, archive) is None


def test_a_run_during_which_the_data_changed_notes_nothing(
    run: RunFolder, idx_folder: Path
) -> None:
    (run.path / "basis.json").unlink()
    before = unchanged.look(EXPERIMENT, str(idx_folder), False, idx_folder, [])
    flip(idx_folder / "t10k-labels-idx1-ubyte.gz")
    after = unchanged.look(EXPERIMENT, str(idx_folder), False, idx_folder, [])
    unchanged.note(run, before, after)
    assert not (run.path / "basis.json").exists()

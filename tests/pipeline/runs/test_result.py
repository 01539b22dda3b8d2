"""The files of a run: written, read, and named where they cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.errors import UserError
from components.ingestion.reader import Contents
from pipeline import __version__
from pipeline.datasets.locate import Located
from pipeline.experiments import EXPERIMENTS
from pipeline.runs.folders import RunFolder
from pipeline.runs.provenance import CodeVersion
from pipeline.runs.result import CODE, DATA, EXPERIMENT, SUMMARY
from pipeline.runs.stored import SCHEMA_VERSION, StoredFile
from tests.pipeline.report.run_result import a_summary

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def changed(run: RunFolder, change: Change) -> None:
    """Writes a summary, and changes it on disk."""
    run.write(SUMMARY, a_summary())
    file = run.path / SUMMARY.name
    plain = json.loads(file.read_text())
    change(plain)
    file.write_text(json.dumps(plain))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        *((EXPERIMENT, experiment) for experiment in EXPERIMENTS.values()),
        (DATA, Located(Path("data"), "own", "a folder", Contents({"train": 2}, {"file": "0a"}))),
        (CODE, CodeVersion("f1", "c0", False, {"python": "3.10"}, {"TF_X": "1"})),
        (SUMMARY, a_summary(seeds=2)),
        (SUMMARY, a_summary(robustness=False, serving=None)),
    ],
)
def test_what_is_written_is_read(run: RunFolder, file: StoredFile[Any], content: Any) -> None:
    run.write(file, content)
    assert run.read(file) == content
    plain = json.loads((run.path / file.name).read_text())
    assert list(plain)[:2] == ["schema_version", "made_by"]
    assert (plain["schema_version"], plain["made_by"]) == (SCHEMA_VERSION, __version__)
    assert [path.name for path in run.path.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda plain: plain.pop("headline"), r" \(summary.json: headline is missing\)"),
        (lambda plain: plain.update(mood=1), r" \(summary.json: mood is unknown\)"),
        (
            lambda plain: plain["candidate"]["evidence"].pop("recall"),
            r" \(summary.json: candidate.evidence.recall is missing\)",
        ),
        (
            lambda plain: plain["significance"].update(extra=1),
            r" \(summary.json: significance.extra is unknown\)",
        ),
        (
            lambda plain: plain["baseline"].update(test_loss="low"),
            r" \(summary.json: baseline.test_loss: input should be a valid number.*\)",
        ),
        (lambda plain: plain.update(schema_version=99), ""),
    ],
)
def test_other_keys_and_versions_are_named_in_one_line(
    run: RunFolder, change: Change, reason: str
) -> None:
    def of_another_version(plain: dict[str, Any]) -> None:
        plain["made_by"] = "9.9"
        change(plain)

    changed(run, of_another_version)
    with pytest.raises(UserError) as error:
        run.read(SUMMARY)
    assert error.match(
        rf"^run {run.id} was made by version 9.9, which this version \({__version__}\) cannot "
        rf"read{reason}; run it again$"
    )


def test_a_file_from_before_there_were_versions_is_named(run: RunFolder) -> None:
    changed(run, lambda plain: [plain.pop("schema_version"), plain.pop("made_by")])
    with pytest.raises(UserError, match="was made by an earlier version"):
        run.read(SUMMARY)


@pytest.mark.parametrize("content", [b"", b'{"headline": "Y', b"[]", b"null", b"\xff\xfe\x00"])
def test_a_damaged_file_is_named(run: RunFolder, content: bytes) -> None:
    (run.path / SUMMARY.name).write_bytes(content)
    with pytest.raises(UserError, match=f"^run {run.id}: summary.json is damaged; run it again$"):
        run.read(SUMMARY)


def test_settings_of_no_experiment_are_named(run: RunFolder) -> None:
    run.write(EXPERIMENT, EXPERIMENTS["mlp-batchnorm"])
    file = run.path / EXPERIMENT.name
    plain = json.loads(file.read_text())
    del plain["dataset"]
    file.write_text(json.dumps(plain))
    with pytest.raises(UserError, match=r"cannot read \(experiment.json: .*dataset.*\); run it"):
        run.read(EXPERIMENT)


def test_a_figure_that_is_no_number_is_kept(run: RunFolder) -> None:
    changed(run, lambda plain: plain["baseline"].update(test_loss=float("nan")))
    assert run.read(SUMMARY).baseline.test_loss != run.read(SUMMARY).baseline.test_loss

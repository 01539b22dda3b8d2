"""What goes when old runs go, and what must not: runs recorded in ML Metadata."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import UserError
from components.evaluator.significance import BETTER
from components.manifest import damage, write_manifest
from pipeline.runs import cleaning, metadata
from pipeline.runs.folders import ExperimentFolder, RunFolder, study_folder, time_of
from pipeline.runs.metadata import read_run
from pipeline.runs.result import SUMMARY
from pipeline.runs.study_result import RESULT
from tests.pipeline.report.run_result import a_summary
from tests.pipeline.report.studies.made_study import point, study_result
from tests.pipeline.runs.recorded import Recorder

RUNS = [f"2026010{day}-120000Z" for day in range(1, 6)]
UP_TO_MODELS = {"ExampleGen", "Transform", "Trainer.baseline"}


def finish(run: RunFolder) -> None:
    run.write(SUMMARY, a_summary(run=run.id, robustness=False))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four finished runs: 1 and 2 with data of their own, 3 and 4 on those of 2; 5 was stopped."""
    root = tmp_path_factory.mktemp("recorded")
    recorder = Recorder(ExperimentFolder.of(root, "mlp-batchnorm"))
    finish(recorder.run(RUNS[0], cached=set()))
    finish(recorder.run(RUNS[1], cached=set()))
    finish(recorder.run(RUNS[2], cached=UP_TO_MODELS))
    finish(recorder.run(RUNS[3], cached=UP_TO_MODELS))
    recorder.run(RUNS[4], cached=UP_TO_MODELS)
    for artifact in recorder.home.nodes.glob("*/*/*"):
        (artifact / "content").write_text(str(artifact))
        write_manifest(artifact)
    (recorder.home.serving / "1").mkdir(parents=True)
    return root


@pytest.fixture
def home(recorded: Path, tmp_path: Path) -> ExperimentFolder:
    """The runs, moved to where ML Metadata does not expect them."""
    shutil.copytree(recorded, tmp_path / "runs")
    return ExperimentFolder.of(tmp_path / "runs", "mlp-batchnorm")


def clean(home: ExperimentFolder, keep: int) -> dict[str, list[str]]:
    """Cleans; gives the names of what went, by their kinds."""
    with home.locked(to_clean=True):
        leftovers = cleaning.look(home, keep).leftovers
        cleaning.clean(home, leftovers)
    gone: dict[str, list[str]] = {}
    for each in leftovers:
        gone.setdefault(each.kind, []).append(each.path.relative_to(home.path).as_posix())
    return gone


def artifacts_of(run: RunFolder) -> list[Path]:
    records = read_run(run.experiment.metadata, run.tfx_run).values()
    return [folder for record in records for folder in record.outputs.values()]


def test_the_points_of_a_study_stay(home: ExperimentFolder) -> None:
    points = [dataclasses.replace(point(["500"], BETTER), run=RUNS[0])]
    folder = study_folder(home.path.parent, "when-it-pays")
    folder.mkdir(parents=True)
    RESULT.write(folder, study_result(points))
    clean(home, 1)
    assert [run.id for run in home.runs()] == [RUNS[0], *RUNS[3:]]
    assert [damage(artifact) for artifact in artifacts_of(home.runs()[0])] == [""] * 5
    RESULT.write(folder, study_result(points, experiment="another"))
    clean(home, 1)
    assert [run.id for run in home.runs()] == RUNS[3:]


@pytest.mark.parametrize("keep", [1, 2, 3, 4, 9])
def test_nothing_that_a_kept_run_needs_goes(home: ExperimentFolder, keep: int) -> None:
    before = home.runs()
    clean(home, keep)
    kept = home.runs()
    assert kept == before[max(0, 4 - keep) :]
    for run in kept:
        artifacts = artifacts_of(run)
        assert len(artifacts) == 5
        assert [damage(folder) for folder in artifacts] == [""] * 5
    assert (home.serving / "1").is_dir()
    assert clean(home, keep) == {}


def test_what_only_old_runs_used_goes(home: ExperimentFolder) -> None:
    old, kept = set(artifacts_of(home.runs()[0])), set(artifacts_of(home.runs()[1]))
    gone = clean(home, keep=3)
    assert gone["run"] == [f"runs/{RUNS[0]}"]
    assert {home.path / name for name in gone["artifact"]} == old
    assert not any(folder.exists() for folder in old)
    assert not list(home.nodes.rglob("*/1.manifest.json"))
    assert all(folder.exists() for folder in kept)


def test_an_artifact_stays_though_the_run_that_made_it_goes(home: ExperimentFolder) -> None:
    made = [folder for folder in artifacts_of(home.runs()[1]) if folder.parts[-3] in UP_TO_MODELS]
    gone = clean(home, keep=1)
    assert gone["run"] == [f"runs/{run}" for run in RUNS[:3]]
    assert len(made) == 3
    assert all(damage(folder) == "" for folder in made)


def test_ml_metadata_knows_what_is_gone(home: ExperimentFolder) -> None:
    gone = clean(home, keep=3)["artifact"]
    states = {
        f"nodes/{metadata.below_nodes(artifact.uri)}": artifact.state
        for artifact in metadata.open_store(home.metadata).get_artifacts()
    }
    deleted = [name for name, state in states.items() if state == pb.Artifact.DELETED]
    assert sorted(deleted) == sorted(gone)


def test_looking_changes_nothing(home: ExperimentFolder) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.path.rglob("*")}
    found = cleaning.look(home, keep=1)
    assert {path: path.stat().st_mtime_ns for path in home.path.rglob("*")} == before
    assert sum(each.bytes for each in found.leftovers) > 0


def a_training(home: ExperimentFolder, name: str, run: str, seconds: float) -> Path:
    """The state of a training, written so long after the start of a run."""
    folder = home.training / name / "epoch-0001"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text("{}")
    started = time_of(run)
    assert started
    written = started.timestamp() + seconds
    for path in (folder / "state.json", folder, folder.parent):
        os.utime(path, (written, written))
    return folder.parent


def test_a_training_stays_while_a_run_may_go_on_with_it(home: ExperimentFolder) -> None:
    stopped = a_training(home, "stopped", RUNS[4], 60)
    finished = a_training(home, "finished", RUNS[3], 60)
    a_training(home, "of-an-old-run", RUNS[0], 60)
    a_training(home, "of-no-run", RUNS[0], -3600)
    gone = clean(home, keep=3)["training state"]
    assert gone == ["training/finished", "training/of-an-old-run", "training/of-no-run"]
    assert stopped.is_dir()
    assert not finished.exists()
    finish(home.runs()[-1])
    assert clean(home, keep=9) == {"training state": ["training/stopped"]}


def test_what_executions_needed_only_while_they_ran_goes(home: ExperimentFolder) -> None:
    (home.nodes / "Evaluator/.system/executor_execution/7/.temp").mkdir(parents=True)
    gone = clean(home, keep=9)
    assert gone == {"temporary folder": ["nodes/Evaluator/.system/executor_execution/7"]}


def test_what_a_failed_execution_left_goes(home: ExperimentFolder) -> None:
    left = home.nodes / "Trainer.candidate/model/99"
    left.mkdir()
    assert clean(home, keep=9) == {"artifact": ["nodes/Trainer.candidate/model/99"]}


def test_where_it_is_not_known_what_a_run_needs_nothing_goes(home: ExperimentFolder) -> None:
    before = sorted(home.path.rglob("*"))
    last = home.runs()[-1]
    events = last.events.read_text()
    last.events.write_text(events.replace(RUNS[4], "20300101-000000Z"))
    with pytest.raises(UserError, match="knows no run 20300101"):
        clean(home, keep=1)
    last.events.write_text("{no JSON")
    with pytest.raises(UserError, match=r"events.jsonl is damaged"):
        clean(home, keep=1)
    last.events.write_text(events)
    shutil.move(home.metadata, home.path / "aside")
    with pytest.raises(UserError, match="there is no .*metadata.sqlite"):
        clean(home, keep=1)
    shutil.move(home.path / "aside", home.metadata)
    assert [path for path in sorted(home.path.rglob("*")) if path.name != "lock"] == before


def test_it_waits_for_no_run_and_no_run_begins_meanwhile(home: ExperimentFolder) -> None:
    with home.locked(), pytest.raises(UserError, match="another run of mlp-batchnorm is going on"):
        clean(home, keep=1)
    with home.locked(to_clean=True):
        assert not home.is_running()
        with pytest.raises(UserError, match="clean, process"), home.locked():
            pass

"""A folder of pictures from nothing to a report, and a second run that goes on from the first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.runs.open import open_run
from tests.e2e.workshop import Workshop

pytestmark = pytest.mark.slow

COLOURS = {"blue": (30, 30, 220), "green": (30, 200, 30), "red": (220, 30, 30)}
SMALL = [
    *("--set=dataset.shape=16,16,3", "--set=dataset.fit=pad", "--set=robustness_pictures=0"),
    *("--set=baseline.epochs=2", "--set=candidate.epochs=2"),
]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of pictures of many shapes, one of them 1 × 500."""
    folder = tmp_path_factory.mktemp("own") / "colours"
    draw = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for number in range(24):
            size = (1, 500) if not number else tuple(draw.integers(8, 60, 2))
            noise = draw.integers(-30, 30, (*size, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def test_one_command_leads_from_a_folder_to_a_report(workshop: Workshop, folder: Path) -> None:
    done = workshop.run("run", "cnn-regularized", f"--data={folder}", *SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith(
        "3 classes, taken from its folders: blue (24), green (24), red (24)\n"
    )
    assert "note: baseline and candidate: batches of 4 make of about 43 training" in done.stdout
    assert "run cnn-regularized --data FOLDER " in done.stdout.splitlines()[-1]
    summary = workshop.summary("cnn-regularized-colours")
    assert summary["experiment"] == "cnn-regularized-colours"
    assert summary["class_counts"] == {"blue": 6, "green": 6, "red": 6}
    page = (workshop.last("cnn-regularized-colours") / "report.html").read_text()
    assert "Dogs" not in page
    assert "a picture of another shape is scaled to fit into 16 × 16 × 3, with black" in page
    assert not (workshop.root / "cnn-regularized").exists()


def test_the_candidate_answers_by_these_classes(workshop: Workshop, folder: Path) -> None:
    picture = folder / "red" / "0.png"  # 1 × 500
    done = workshop.run("predict", "cnn-regularized-colours", picture)
    assert done.returncode == 0, done.stderr
    assert all(f"{name} 0." in done.stdout for name in COLOURS)


def test_a_run_goes_on_from_the_models_of_another(workshop: Workshop, folder: Path) -> None:
    base = workshop.last("cnn-regularized-colours")
    before = workshop.summary("cnn-regularized-colours")
    command = ["run", "cnn-regularized", f"--data={folder}", *SMALL]
    other_shape = workshop.run(*command, f"--base-model={base.name}", "--set=dataset.shape=8,8,3")
    assert other_shape.returncode == 2
    assert other_shape.stderr == (
        f"error: cannot go on from run {base.name}: dataset.shape is 8,8,3 here, and was 16,16,3. "
        "Models and what they take must be the same\n"
    )
    done = workshop.run(*command, "--base-model=cnn-regularized-colours", "--seed=2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"note: continued from run {base.name} of cnn-regularized-colours" in done.stdout
    assert (
        "seed 2: that run has none of the kind, so its seed 1 is gone on from; what" in done.stdout
    )
    assert f"Neither model started from fresh weights: both continued from run {base.name}" in (
        done.stdout
    )
    summary = workshop.summary("cnn-regularized-colours")
    assert summary["settings"]["base_model"] == base.name
    [first, later] = (
        [m["record"]["steps_before"] for m in s["learning"]] for s in (before, summary)
    )
    assert first == [0, 0]
    assert later == [m["record"]["best_epoch"] * 11 for m in before["learning"]]
    run = open_run(workshop.root)
    lineage = run.ancestors("Trainer.candidate", "model")
    assert "BaseModel.candidate" in set(lineage["node"])
    kept = run.output("BaseModel.candidate", "model")
    of_base = open_run(workshop.root, base.name).output("Trainer.candidate", "model")
    files = sorted(file.relative_to(kept) for file in kept.rglob("*") if file.is_file())
    assert files
    assert all((kept / file).read_bytes() == (of_base / file).read_bytes() for file in files)

"""The experiments on photographs from data to verdict, on generated pictures and broken ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tensorflow as tf

from tests.components.ingestion.formats.picture_folders import write
from tests.components.ingestion.formats.test_image_folder import BROKEN
from tests.e2e.workshop import Workshop

pytestmark = pytest.mark.slow

SMALL = [
    "--set=robustness_pictures=50",
    *["--set=dataset.shape=48,48,3", "--set=dataset.data_subset=200", "--limit=400"],
    *["--set=baseline.epochs=4", "--set=candidate.epochs=4"],
    *["--set=gate.min_accuracy=0", "--set=gate.min_improvement=-1"],
]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.mark.parametrize("experiment", ["cnn-regularized", "cnn-augmentation"])
def test_an_experiment_on_photographs_ends_with_a_verdict(
    workshop: Workshop, experiment: str
) -> None:
    done = workshop.run("run", experiment, "--data=sample", *SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "On the GENERATED STAND-IN, which says nothing about real pictures" in done.stdout
    summary = workshop.summary(experiment)
    assert summary["pictures"]["train"] + summary["pictures"]["eval"] == 400
    assert summary["pictures"]["test"] == 200
    assert summary["class_counts"] == {"cat": 100, "dog": 100}
    assert summary["picture_notes"] == []
    assert summary["baseline"]["weights_sha256"] != summary["candidate"]["weights_sha256"]
    page = (workshop.last(experiment) / "report.html").read_text()
    augments = experiment == "cnn-augmentation"
    assert ('<section id="augmentation"' in page) == augments
    assert (workshop.last(experiment) / "plots" / "augmentation.png").exists() == augments
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page)


def test_four_epochs_on_few_photographs_are_not_judged(workshop: Workshop) -> None:
    summary = workshop.summary("cnn-augmentation")
    assert "Not judged: " in summary["headline"]
    assert "--set " in summary["headline"]
    assert not summary["blessed"]
    assert summary["pushed_to"] == ""


def test_the_exported_model_answers_photographs_as_it_was_evaluated(workshop: Workshop) -> None:
    summary = workshop.summary("cnn-augmentation")
    models = workshop.root / "cnn-augmentation/nodes/Trainer.candidate/model"
    [exported] = models.glob("*/Format-Serving")
    signature = tf.saved_model.load(str(exported)).signatures["serving_default"]
    [examples] = (workshop.root / "cnn-augmentation/nodes/ExampleGen/examples").glob("[0-9]")
    records = tf.data.TFRecordDataset(
        tf.io.gfile.glob(f"{examples}/Split-test/*"), "GZIP"
    ).as_numpy_iterator()
    features = [tf.train.Example.FromString(record).features.feature for record in records]
    served = signature(image=tf.constant([f["image"].bytes_list.value[0] for f in features]))
    right = [
        int(class_id) == f["label"].int64_list.value[0]
        for class_id, f in zip(served["class_id"], features, strict=True)
    ]
    assert len(right) == 200
    accuracy = summary["candidate"]["test_accuracy"]
    assert sum(right) / len(right) == pytest.approx(accuracy, abs=1e-6)


def test_broken_pictures_are_named_and_the_run_finishes(workshop: Workshop, tmp_path: Path) -> None:
    write(tmp_path, *(f"{name}.{i}.jpg" for name in ("cat", "dog") for i in range(100)))
    for name, (content, _, _) in BROKEN.items():
        write(tmp_path, name, content=content)
    done = workshop.run(
        *["run", "cnn-regularized", f"--data={tmp_path}", *SMALL],
        *["--set=baseline.epochs=1", "--set=candidate.epochs=1"],
    )
    assert done.returncode == 0, done.stdout + done.stderr
    summary = workshop.summary("cnn-regularized")
    told = {
        name: (note["note"], note["used"])
        for note in summary["picture_notes"]
        for name in note["pictures"]
    }
    assert told == {name: (reason, used) for name, (_, reason, used) in BROKEN.items()}
    page = (workshop.last("cnn-regularized") / "report.html").read_text()
    for name, (_, reason, used) in BROKEN.items():
        assert f"{'used' if used else 'left out'}: 1 × {reason}: {name}" in done.stdout
        assert name in page

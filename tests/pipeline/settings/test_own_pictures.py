"""`--data FOLDER` with other classes than the experiment's makes an experiment of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import UserError
from pipeline.experiments import EXPERIMENTS
from pipeline.settings.overrides import override
from pipeline.settings.own_pictures import Settled, settle
from tests.components.ingestion.formats.picture_folders import write

CNN = EXPERIMENTS["cnn-regularized"]
SHAPES = ("circle", "square", "triangle")


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    folder = tmp_path / "My Shapes!"
    write(folder, *(f"{shape}/{i}.jpg" for shape in SHAPES for i in range(40)))
    return folder


def test_the_classes_come_from_the_folder(shapes: Path) -> None:
    settled = settle(CNN, [], str(shapes))
    made = settled.experiment
    assert (made.name, made.variant_of) == ("cnn-regularized-my-shapes", "cnn-regularized")
    assert made.question == f"{CNN.question} Asked of My Shapes!."
    assert (made.dataset.title, made.dataset.class_names) == ("My Shapes!", SHAPES)
    assert made.dataset.source is None
    assert (made.dataset.test_fraction, made.dataset.data_subset) == (0.25, 0)
    assert made.gate.min_accuracy == 0.4  # a tenth of the way from chance to 1, as 0.55 of two
    assert (made.baseline.batch_size, made.candidate.batch_size) == (4, 4)
    assert made.candidate.model == CNN.candidate.model
    assert settled.notes == (
        "3 classes, taken from its folders: circle (40), square (40), triangle (40)",
        "cnn-regularized-my-shapes is the name of this experiment: cnn-regularized, asked of My "
        "Shapes!",
        "it has no test set: a quarter of each class is drawn as one (dataset.test_fraction=0.25)",
        "with 3 classes, a candidate is blessed from an accuracy of 0.4 on (gate.min_accuracy; "
        "with 2 it is 0.55)",
        "about 72 training pictures are few for the experiment's batches: baseline.batch_size=4 in "
        "the place of 32, candidate.batch_size=4 in the place of 32",
    )


def test_what_is_set_stays_set_and_is_not_said_to_be_decided(shapes: Path) -> None:
    changes = [
        *("dataset.test_fraction=0.5", "gate.min_accuracy=0.9", "baseline.batch_size=16"),
        "candidate.batch_size=16",
    ]
    settled = settle(CNN, changes, str(shapes))
    assert len(settled.notes) == 2
    changed = override(settled.experiment, changes)
    assert (changed.dataset.test_fraction, changed.gate.min_accuracy) == (0.5, 0.9)
    assert changed.baseline.batch_size == 16


def test_named_classes_are_in_their_order(shapes: Path) -> None:
    named = ["dataset.class_names=triangle,circle,square"]
    settled = settle(CNN, named, str(shapes))
    assert settled.experiment.dataset.class_names == ("triangle", "circle", "square")
    assert settled.experiment.name == "cnn-regularized-my-shapes"
    assert settled.notes[0].startswith("3 classes, named by dataset.class_names: triangle (40)")


def test_a_test_set_of_its_own_is_used(shapes: Path) -> None:
    write(shapes, *(f"test/{shape}/{i}.jpg" for shape in SHAPES for i in range(5)))
    settled = settle(CNN, [], str(shapes))
    assert settled.experiment.dataset.test_fraction == 0
    assert not any("test set" in note for note in settled.notes)


@pytest.mark.parametrize(
    ("experiment", "names", "changes"),
    [
        ("cnn-regularized", ["Cats/0.jpg", "Dogs/0.jpg"], []),
        ("cnn-regularized", ["cat.0.jpg", "dog.0.jpg"], []),
        ("cnn-regularized", ["PetImages/Cat/0.jpg", "PetImages/Dog/0.jpg", "x/hen/0.jpg"], []),
        ("cnn-regularized", ["cat/0.jpg", "dog/0.jpg", "hen/0.jpg"], []),  # refused later
        ("cnn-regularized", ["photos/0.jpg"], []),
        ("cnn-regularized", ["a/0.jpg", "b/0.jpg"], ["dataset=cifar-10"]),
        ("mlp-batchnorm", ["a/0.jpg", "b/0.jpg"], []),
    ],
)
def test_an_experiment_stays_as_it_is(
    experiment: str, names: list[str], changes: list[str], tmp_path: Path
) -> None:
    write(tmp_path, *names)
    written = EXPERIMENTS[experiment]
    assert settle(written, changes, str(tmp_path)) == Settled(written)
    for elsewhere in ("auto", "official", "sample", str(tmp_path / "no")):
        assert settle(written, changes, elsewhere) == Settled(written)


def test_a_class_of_too_few_pictures_is_named(shapes: Path) -> None:
    write(shapes, "star/0.jpg")
    with pytest.raises(UserError, match="holds 1 of class 'star': a class needs 4 pictures"):
        settle(CNN, [], str(shapes))


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("x" * 80, f"cnn-regularized-{'x' * 34}"),
        ("Café & Co", "cnn-regularized-cafe-co"),
        ("图片", "cnn-regularized-d24c10d3"),
    ],
)
def test_any_folder_makes_a_name(folder: str, name: str, tmp_path: Path) -> None:
    write(tmp_path / folder, *(f"{shape}/{i}.jpg" for shape in SHAPES for i in range(4)))
    assert settle(CNN, [], str(tmp_path / folder)).experiment.name == name

"""The layouts that people keep pictures in are understood, or refused with what was found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from components.errors import UserError
from components.ingestion.formats.image_folder import ImageFolderReader
from components.ingestion.reader import Picture, Selection
from tests.components.ingestion.formats.picture_folders import (
    READER,
    TAKE_A_QUARTER,
    encoded,
    labels,
    write,
)


@pytest.mark.parametrize(
    "names",
    [
        ["train/cat.0.jpg", "train/cat.1.jpg", "train/dog.0.jpg", "train/dog.1.jpg"],
        ["cat.0.jpg", "cat.1.jpeg", "dog.0.JPG", "dog.1.jpg"],
        ["cat/0.jpg", "cat/1.jpg", "dog/0.jpg", "dog/1.jpg"],
        ["train/cats/0.jpg", "train/cats/1.jpg", "train/Dogs/0.jpg", "train/Dogs/1.jpg"],
        [f"All/{name}" for name in ("Cat/0.jpg", "Cat/1.jpg", "Dog/0.jpg", "Dog/1.jpg")],
    ],
)
def test_the_layouts_people_have_are_read(tmp_path: Path, names: list[str]) -> None:
    write(tmp_path, *names)
    found = labels(tmp_path, Selection(test_fraction=0.5))
    assert found["train"] | found["test"] == dict(zip(names, [0, 0, 1, 1], strict=True))
    assert len(found["test"]) == 2
    assert READER.inspect(tmp_path).pictures == {"train": 4, "test": 0}


def test_a_labelled_test_folder_is_the_test_set(tmp_path: Path) -> None:
    write(tmp_path, "train/cat/0.jpg", "train/dog/0.jpg", "test/cat/0.jpg", "test/dog/0.jpg")
    found = labels(tmp_path)
    assert found["train"] == {"train/cat/0.jpg": 0, "train/dog/0.jpg": 1}
    assert found["test"] == {"test/cat/0.jpg": 0, "test/dog/0.jpg": 1}


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Train/{}/0.jpg", "Test/{}/0.jpg"),
        ("TRAINING/{}/0.jpg", "testing/{}/0.jpg"),
        ("training_set/training_set/{}s/0.jpg", "test_set/test_set/{}s/0.jpg"),
        ("archive/train/{}/0.jpg", "archive/test/{}/0.jpg"),
        ("{}/train/0.jpg", "{}/test/0.jpg"),
        ("{}/0.jpg", "test/{}/0.jpg"),
        ("train/{}.0.jpg", "Test/{}.0.jpg"),
        ("train/{}/summer/2024/0.jpg", "test/{}/0.jpg"),
        ("train/{}/0.jpg", "val/{}/0.jpg"),
        ("Train/{}/0.jpg", "Valid/{}/0.jpg"),
    ],
)
def test_the_parts_people_have_are_understood(tmp_path: Path, train: str, test: str) -> None:
    layouts = {"train": train, "test": test}
    names = {
        part: [layout.format(name) for name in ("cat", "dog")] for part, layout in layouts.items()
    }
    write(tmp_path, *names["train"], *names["test"])
    assert labels(tmp_path, Selection()) == {
        part: dict(zip(of_part, [0, 1], strict=True)) for part, of_part in names.items()
    }


def notes_of(folder: Path) -> dict[str, str]:
    pictures = [p for s in READER.shards(folder, TAKE_A_QUARTER) for p in READER.read(folder, s)]
    return {p.example_id: p.note for p in pictures if isinstance(p, Picture) and p.note}


def test_pictures_for_validation_are_used_and_it_is_said_how(tmp_path: Path) -> None:
    write(tmp_path, "train/cat/0.jpg", "train/dog/0.jpg", "val/cat/1.jpg")
    assert notes_of(tmp_path) == {
        "val/cat/1.jpg": "of a folder for validation, used as the test set: no other is labelled"
    }
    write(tmp_path, "test/cat/0.jpg")
    assert set(labels(tmp_path)["train"]) == {"train/cat/0.jpg", "train/dog/0.jpg", "val/cat/1.jpg"}
    assert notes_of(tmp_path) == {
        "val/cat/1.jpg": "of a folder for validation, used for training: eval is drawn from all "
        "of that"
    }


def test_pictures_without_a_label_are_no_test_set(tmp_path: Path) -> None:
    write(tmp_path, "train/cat.0.jpg", "train/dog.0.jpg", "test/1.jpg", "more/2.jpg")
    assert READER.inspect(tmp_path).pictures == {"train": 2, "test": 0}


def test_what_an_archive_holds_besides_is_an_option(tmp_path: Path) -> None:
    write(tmp_path, "All/Cat/0.jpg", "All/Dog/0.jpg", "All/Unknown/1.jpg")
    assert READER.inspect(tmp_path).pictures == {"train": 2, "test": 0}
    plain = ImageFolderReader(["cat", "dog"])
    assert READER.left_out(tmp_path) == {
        "in a folder that dataset.options.ignored_folders names": ["All/Unknown/1.jpg"]
    }
    plain = ImageFolderReader(["cat", "dog"])
    with pytest.raises(UserError, match="All/Unknown belongs to none of the classes cat, dog"):
        plain.inspect(tmp_path)


def test_every_other_file_is_left_out_with_a_reason(tmp_path: Path) -> None:
    write(tmp_path, "All/Cat/0.jpg", "All/Dog/0.jpg", "All/cover.jpg", "All/Dog/notes.txt")
    write(tmp_path, "readme.txt", "more/0.jpg", "All/test/1.jpg", "All/unknown/cat.jpg")
    (tmp_path / "All/Cat/gone.jpg").symlink_to("nowhere")
    os.mkfifo(tmp_path / "All/Cat/pipe.jpg")
    (tmp_path / os.fsdecode(b"All/Cat/\xe4.jpg")).write_bytes(encoded())
    assert READER.inspect(tmp_path).pictures == {"train": 2, "test": 0}
    assert READER.left_out(tmp_path) == {
        "by its name no picture": ["All/Dog/notes.txt"],
        "not in the folder All": ["readme.txt", "more/0.jpg"],
        "a picture, but of no class": ["All/cover.jpg", "All/test/1.jpg"],
        "in a folder that dataset.options.ignored_folders names": ["All/unknown/cat.jpg"],
        "not a regular file, or a link to nothing": ["All/Cat/gone.jpg", "All/Cat/pipe.jpg"],
        "its path is not UTF-8": ["All/Cat/\\udce4.jpg"],
    }


SYSTEM = [".DS_Store", ".ipynb_checkpoints/cat.0-checkpoint.jpg", "@eaDir/cat.0.jpg/thumb.jpg"]
SYSTEM += ["__MACOSX/cat/._0.jpg", "Thumbs.db", "cat/._0.jpg", "cat/@eaDir/0.jpg", "desktop.ini"]


def test_what_systems_leave_behind_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, "cat/0.jpg", "dog/0.jpg", *SYSTEM)
    assert READER.inspect(tmp_path).pictures == {"train": 2, "test": 0}
    assert READER.left_out(tmp_path) == {}


def test_letters_of_both_cases_are_classes(tmp_path: Path) -> None:
    write(tmp_path, "a/0.png", "A/0.png")
    reader = ImageFolderReader(["a", "A"])
    train, _ = reader.shards(tmp_path, Selection(test_fraction=0.1))
    pictures = [p for p in reader.read(tmp_path, train) if isinstance(p, Picture)]
    assert {p.example_id: p.label for p in pictures} == {"a/0.png": 0, "A/0.png": 1}


def test_a_class_may_be_called_like_a_part(tmp_path: Path) -> None:
    write(tmp_path, "train/train/0.jpg", "train/bus/0.jpg", "test/train/0.jpg", "test/bus.1.jpg")
    assert ImageFolderReader(["train", "bus"]).inspect(tmp_path).pictures == {"train": 2, "test": 2}


def test_names_are_the_same_in_both_spellings_of_unicode(tmp_path: Path) -> None:
    write(tmp_path, "ka\u0308fer/0.jpg", "dog/0.jpg")
    assert ImageFolderReader(["k\u00e4fer", "dog"]).inspect(tmp_path).pictures["train"] == 2


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/0.jpg", "data/dog/0.jpg")
    (tmp_path / "data/cat").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data/dog/all").symlink_to(tmp_path / "data")
    assert READER.inspect(tmp_path / "data").pictures["train"] == 2


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "holds no pictures of 'cat', 'dog': .* be named like cat.0.jpg, .*; it is empty"),
        (["a/1.jpg", "b.txt"], r"it holds pictures in a \(1\), other files \(1\)"),
        (["cat.0.jpg"], r"holds no training pictures of class 'dog': it holds pictures in . \(1\)"),
        (["test/cat.0.jpg", "test/dog.0.jpg"], r"it holds pictures in test \(2\)"),
        (["ant.0.jpg", "cat.0.jpg", "dog.0.jpg"], "ant.0.jpg belongs to none of the classes"),
        (["cat/0.jpg", "dog/0.jpg", "hen/0.jpg"], "hen belongs to none of the classes cat, dog"),
        (["cat/0.jpg", "dog/0.jpg", "hen/a/0.jpg"], "hen belongs to none of the classes cat, dog"),
        (["cat/0.jpg", "dog/0.jpg", "old/cat/0.jpg"], r"in 2 places of .*: . \(2\), old \(1\)"),
        (["train/cat.0.jpg", "dog.0.jpg"], "pictures of train lie in 2 places"),
        (["cat/0.jpg", "dog/cat/0.jpg"], "dog/cat/0.jpg lies in the folders of two classes"),
        (["train/test/cat.0.jpg"], "lies in folders of test and of train"),
    ],
)
def test_a_folder_that_is_not_understood_costs_one_line(
    tmp_path: Path, names: list[str], said: str
) -> None:
    write(tmp_path, *names)
    with pytest.raises(UserError, match=said):
        READER.inspect(tmp_path)

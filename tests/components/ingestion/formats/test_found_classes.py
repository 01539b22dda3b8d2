"""Which classes a folder of pictures names, by its paths alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import UserError
from components.ingestion.formats.found_classes import find_classes, same_classes
from tests.components.ingestion.formats.picture_folders import write

SHAPES = ("circle", "square", "triangle")


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["square/0.jpg", "circle/0.png", "triangle/0.jpg"], SHAPES),
        (["circle/thin/0.jpg", "square/0.jpg", "triangle/a/b/0.jpg"], SHAPES),
        (["all/circle/0.jpg", "all/square/0.jpg", "all/triangle/0.jpg"], SHAPES),
        (["train/circle/0.jpg", "train/square/0.jpg", "test/circle/1.jpg"], SHAPES[:2]),
        (["circle/train/0.jpg", "square/train/0.jpg", "square/test/1.jpg"], SHAPES[:2]),
        (["x/train/circle/0.jpg", "x/train/square/0.jpg", "x/test/0.jpg"], SHAPES[:2]),
        # What lies beside the classes names none of them, and so do folders without pictures.
        (["circle/0.jpg", "square/0.jpg", "overview.jpg", "notes/readme.txt"], SHAPES[:2]),
        (["circle/0.jpg", "square/0.jpg", ".cache/0.jpg", "__MACOSX/0.jpg"], SHAPES[:2]),
        (["cat.0.jpg", "dog.0.jpg"], ()),
        (["photos/0.jpg", "photos/1.jpg"], ()),
        (["train/0.jpg", "test/0.jpg"], ()),
        (["test/circle/0.jpg", "test/square/0.jpg"], ()),
        ([], ()),
    ],
)
def test_the_folders_side_by_side_are_the_classes(
    names: list[str], classes: tuple[str, ...], tmp_path: Path
) -> None:
    write(tmp_path, *names)
    assert find_classes(tmp_path) == classes


def test_ignored_folders_are_none(tmp_path: Path) -> None:
    write(tmp_path, "circle/0.jpg", "square/0.jpg", "Old/0.jpg")
    assert find_classes(tmp_path, ["old"]) == ("circle", "square")


def test_a_folder_that_may_be_a_class_or_a_part_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "running/0.jpg", "swimming/0.jpg", "training/0.jpg")
    with pytest.raises(UserError, match="training may be a class, or pictures for train: rename"):
        find_classes(tmp_path)


def test_classes_are_the_same_whatever_their_case_and_number() -> None:
    assert same_classes(("Cats", "Dog"), ("cat", "dog"))
    assert same_classes(("cat", "dog", "hen"), ("cat", "dog"))
    assert not same_classes(("cat", "hen"), ("cat", "dog"))

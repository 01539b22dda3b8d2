"""The data set of one's own in data/README.md, from its description to Examples."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from components.pictures import PictureFormat
from pipeline.datasets import locate
from pipeline.datasets.data_set import DataSet, data_set
from pipeline.datasets.source import Source
from tests.components.ingestion.test_example_gen import ingest, value
from tests.conftest import PROJECT

SECTION = (PROJECT / "data" / "README.md").read_text().partition("## A data set of your own")[2]


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataSet:
    """The README's example, in a current folder with twelve pictures for it."""
    [example] = re.findall("```yaml\n(.*?)```", SECTION, flags=re.DOTALL)
    (tmp_path / "letters.yaml").write_text(example)
    pixels = np.random.default_rng(0)
    for index in range(12):
        file = tmp_path / "letters" / "ab"[index % 2] / f"{index}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.integers(0, 256, (20, 20), np.uint8)).save(file)
    monkeypatch.chdir(tmp_path)
    return data_set("letters.yaml")


def test_the_example_is_found_and_ingested(letters: DataSet, tmp_path: Path) -> None:
    located = locate.data("mine", letters, "auto")
    assert (located.kind, located.folder) == ("own", tmp_path / "letters")
    assert located.contents.pictures == {"train": 12, "test": 0}
    splits = ingest(
        located.folder,
        tmp_path / "out",
        reader=letters.reader,
        options=letters.options,
        picture_format=PictureFormat.of_reader(
            letters.reader, shape=letters.shape, class_names=letters.class_names
        ),
        selection=letters.selection,
        eval_fraction=0.5,
    )
    names = [value(example, "class_name") for split in splits.values() for example in split]
    assert sorted(names, key=repr) == [b"a"] * 6 + [b"b"] * 6
    assert len(splits["test"]) == 4  # a quarter of each class, rounded


def test_the_readme_explains_every_key() -> None:
    explained = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.*?) \|", SECTION, re.M))))
    keys = {setting.name for kind in (DataSet, Source) for setting in fields(kind)}
    assert explained == keys - {"reader", "name"} | {"format"}


def test_what_the_readme_says_of_defaults_is_so() -> None:
    bare = yaml.safe_load("{title: x, reader: idx, class_names: [a], shape: [1, 1, 1]}")
    plain = DataSet(**bare)
    for name, default in re.findall(r"^\| `(\w+)` \|.*; ([\d.]+) \|$", SECTION, re.M):
        assert getattr(plain, name) == float(default)

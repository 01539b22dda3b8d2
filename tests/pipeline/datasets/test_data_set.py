"""A data set is one file: what it may say, and that each mistake in it is one line."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.code import load
from components.errors import UserError
from components.ingestion.reader import Selection
from components.settings import from_json, to_json
from pipeline.datasets import data_set as data_sets
from pipeline.datasets.data_set import DataSet, data_set, data_set_names
from pipeline.datasets.weights import weights_source
from tests.conftest import PROJECT

LETTERS = {"title": "Letters", "format": "idx", "class_names": ["A", "B"], "shape": [28, 28, 1]}


def written(folder: Path, **changes: Any) -> str:
    """A description of letters in a file; what is None is left out."""
    content = {key: value for key, value in {**LETTERS, **changes}.items() if value is not None}
    file = folder / "letters.yaml"
    file.write_text(yaml.safe_dump(content))
    return str(file)


@pytest.mark.parametrize("name", data_set_names())
def test_a_built_in_data_set_is_whole(name: str) -> None:
    described = data_set(name)
    assert described.source is not None
    assert described.source.name == name
    assert described.source.title == described.title
    assert callable(load(described.source.sample))
    assert described.source.licence
    assert from_json(DataSet, to_json(described)) == described


def test_the_names_come_from_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_set_names() == ["cifar-10", "dogs-vs-cats", "fashion-mnist"]
    monkeypatch.setattr(data_sets, "DESCRIPTIONS", tmp_path)
    written(tmp_path)
    assert data_set_names() == ["letters"]
    assert data_set("letters").title == "Letters"


@pytest.mark.parametrize(
    "names",
    [
        ["PetImages/Cat/0.jpg", "PetImages/Dog/0.jpg", "readme[1].txt"],  # Microsoft's archive
        ["train/cat.0.jpg", "train/dog.0.jpg", "test1/1.jpg", "sampleSubmission.csv"],  # Kaggle's
        ["cat/0.jpg", "dog/0.jpg", "test1/1.jpg"],
    ],
)
def test_dogs_vs_cats_knows_its_archives(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    contents = data_set("dogs-vs-cats").make_reader().inspect(tmp_path)
    assert contents.pictures == {"train": 2, "test": 0}


def test_settings_can_be_changed() -> None:
    changed = data_set("dogs-vs-cats", data_subset=5, shape=(32, 32, 3))
    assert changed.selection == Selection(data_subset=5, test_fraction=0.25)
    assert changed == dataclasses.replace(
        data_set("dogs-vs-cats"), data_subset=5, shape=(32, 32, 3)
    )


def test_a_users_own_file_needs_four_keys(tmp_path: Path) -> None:
    described = data_set(written(tmp_path))
    assert described == DataSet(
        title="Letters",
        reader="components.ingestion.formats.idx.IdxReader",
        class_names=("A", "B"),
        shape=(28, 28, 1),
    )
    assert described.source is None


def test_a_users_own_file_can_name_an_address(tmp_path: Path) -> None:
    source = {"address": "https://example.org/{file}", "files": {"letters.zip": "0" * 64}}
    described = data_set(written(tmp_path, source=source)).source
    assert described is not None
    assert (described.name, described.title) == ("letters", "Letters")
    assert described.files == {"letters.zip": "0" * 64}


def test_a_users_own_reader_is_named_by_its_import_path(tmp_path: Path) -> None:
    path = "components.ingestion.formats.image_folder.ImageFolderReader"
    described = data_set(written(tmp_path, format=path, options={"inner_folder": "all"}))
    assert described.reader == path
    assert data_set(written(tmp_path, format="image_folder")).reader == path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"titel": "x"}, "no key titel: did you mean title"),
        ({"reader": "idx"}, "no key reader: "),
        ({"title": None}, "title is missing"),
        ({"format": None}, "format is missing"),
        ({"format": "idxx"}, "no data format 'idxx': did you mean idx"),
        (
            {"format": "idx_file"},
            "no data format 'idx_file': did you mean idx",
        ),
        ({"format": "zzz"}, "there is cifar_pickle, idx, image_folder;"),
        ({"format": "nowhere.Reader"}, "no module 'nowhere'"),
        ({"options": {"inner_folder": "x"}}, "IdxReader has no options"),
        (
            {"format": "image_folder", "options": {"inner": "x"}},
            "options.inner: .* is max_pixels, inner_folder,",
        ),
        ({"format": "image_folder", "options": {"inner_folder": 3}}, "inner_folder=3: must be te"),
        ({"shape": [28, 28]}, "shape=28,28: must be 3 values"),
        ({"shape": [28, 28, 2]}, "shape=28,28,2: must be .* 1 or 3 channels"),
        ({"shape": 28}, "shape=28: must be 3 values"),
        ({"class_names": ["A", 1]}, "class_names=A,1: must be names.* write a number"),
        ({"class_names": ["A", "A"]}, "class_names=A,A: must be names, each once"),
        ({"class_names": []}, "must be names, each once"),
        ({"eval_fraction": 0}, "eval_fraction=0: must be above 0"),
        ({"eval_fraction": 1}, "eval_fraction=1: must be below 1"),
        ({"max_broken": 1}, "max_broken=1: must be below 1"),
        ({"test_fraction": -0.1}, "test_fraction=-0.1: must be at least 0"),
        ({"data_subset": -1}, "data_subset=-1: must be at least 0"),
        ({"source": {}}, "source.files is missing"),
        ({"source": {"files": {}}}, "source.files={}: must name at least one file"),
        ({"source": {"files": {"../x": "0" * 64}}}, "must be a plain name of a file"),
        ({"source": {"files": {"x": "0" * 63}}}, "x must have a SHA-256 of 64 digits"),
        ({"source": {"files": {"x": "0" * 64}, "adress": "y"}}, "no key source.adress: did you me"),
        ({"source": {"files": {"x": "0" * 64}, "address": "y"}}, "must hold {file}"),
        ({"source": "here"}, "source=here: must be"),
    ],
)
def test_a_mistake_in_a_description_is_one_line(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    file = written(tmp_path, **changes)
    with pytest.raises(UserError, match=said) as caught:
        data_set(file)
    assert str(caught.value).startswith(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title: [", "is not YAML: .* in line 1"),
        (b"\xff\xfe\xfa", "is not YAML"),
        (b"a: 2020-13-45", "is not YAML"),
        (b"- a\n", "does not describe a data set"),
        (b"", "does not describe a data set"),
        (b"1: x\n", "no key 1"),
    ],
)
def test_a_file_that_is_no_description_is_one_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    with pytest.raises(UserError, match=said) as caught:
        data_set(str(file))
    assert "\n" not in str(caught.value)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no data set 'fashion-minst': did you mean fashion-mnist"):
        data_set("fashion-minst")
    with pytest.raises(UserError, match="there is cifar-10, dogs-vs-cats, fashion-mnist; or name"):
        data_set("zzz")
    with pytest.raises(UserError, match=r"none\.yaml does not exist"):
        data_set(str(tmp_path / "none.yaml"))


def test_weights_are_described_by_a_file_each() -> None:
    resnet50 = weights_source("imagenet")
    assert resnet50 == weights_source("resnet50-imagenet")
    assert resnet50 is not None
    [checksum] = resnet50.files.values()
    assert checksum.startswith("md5:")
    assert weights_source("my-weights.h5") is None
    for file in (PROJECT / "data" / "weights").glob("*.yaml"):
        assert weights_source(file.stem) is not None

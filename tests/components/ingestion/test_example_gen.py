from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from tfx.types import standard_artifacts

from components.errors import UserError, user_error_in
from components.ingestion import tally
from components.ingestion.example_gen import (
    ExampleGenSettings,
    Executor,
    PictureExampleGen,
)
from components.ingestion.formats.idx import IdxReader
from components.ingestion.formats.idx_file import iter_idx, write_idx
from components.ingestion.leaks import Leaks
from components.ingestion.lists import Listed, Lists
from components.ingestion.reader import Selection, Shard
from components.ingestion.tally import read_leaks
from components.pictures import PictureFormat
from tests.conftest import write_idx_folder

NAMES = [f"class {i}" for i in range(10)]
FORMAT = PictureFormat(encoded=False, shape=(28, 28, 1), class_names=tuple(NAMES))


def ingest(folder: Path, output: Path, **changes: object) -> dict[str, list[tf.train.Example]]:
    """Runs the node's executor; returns the Examples of each split."""
    settings: dict[str, Any] = {
        "reader": "components.ingestion.formats.idx.IdxReader",
        "picture_format": FORMAT,
        "eval_fraction": 0.2,
        "selection": Selection(),
        "max_broken": 0.0,
        "max_leaked": 0.0,
    }
    node = PictureExampleGen(
        input_base=str(folder), settings=ExampleGenSettings(**{**settings, **changes})
    )
    artifact = standard_artifacts.Examples()
    artifact.uri = str(output)
    Executor().Do({}, {"examples": [artifact]}, node.exec_properties)
    return {
        split: [
            tf.train.Example.FromString(record)
            for file in sorted((output / f"Split-{split}").iterdir())
            for record in tf.data.TFRecordDataset(str(file), "GZIP").as_numpy_iterator()
        ]
        for split in ("train", "eval", "test")
    }


def value(example: tf.train.Example, name: str) -> object:
    feature = example.features.feature[name]
    return getattr(feature, feature.WhichOneof("kind")).value[0]


def test_every_picture_lands_in_one_split_with_its_bytes(idx_folder: Path, tmp_path: Path) -> None:
    splits = ingest(idx_folder, tmp_path / "out")
    ids = {split: [value(e, "example_id") for e in found] for split, found in splits.items()}
    assert len(set(ids["train"]) | set(ids["eval"])) == len(ids["train"]) + len(ids["eval"]) == 200
    assert len(ids["test"]) == 100
    pixels = next(iter_idx(idx_folder / "t10k-images-idx3-ubyte.gz"))
    example = splits["test"][3]
    assert value(example, "image") == pixels[3].tobytes()
    assert value(example, "label") == 3
    assert value(example, "class_name") == b"class 3"
    assert value(example, "augmentation_seed") == 0
    assert value(example, "height") == value(example, "width") == 28
    assert value(example, "mean_intensity") == pytest.approx(pixels[3].mean(), rel=1e-6)


def test_data_that_are_not_what_was_looked_at_before_end_the_run(
    idx_folder: Path, tmp_path: Path
) -> None:
    before = dict(IdxReader(NAMES).inspect(idx_folder).sha256)
    ingest(idx_folder, tmp_path / "out", sha256={**before, "an-archive.zip": "0123"})
    assert tally.CONTENT.read(tmp_path / "out") == before
    labels = idx_folder / "t10k-labels-idx1-ubyte.gz"
    write_idx(labels, next(iter_idx(labels))[::-1])
    with pytest.raises(UserError, match=r"changed while it was read \(t10k-labels-idx1-ubyte\)"):
        ingest(idx_folder, tmp_path / "again", sha256=before)


def test_pictures_that_are_drawn_are_read_from_lists(idx_folder: Path, tmp_path: Path) -> None:
    splits = ingest(idx_folder, tmp_path / "out", selection=Selection(train_limit=50, draw=1))
    assert len(splits["train"]) + len(splits["eval"]) == 50
    assert not (tmp_path / "out" / "lists").exists()


def test_a_worker_that_is_lost_leaves_no_half_file_among_the_pictures(
    idx_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine has another worker go on, and whoever reads a split reads all its files."""
    read = IdxReader.read

    def and_lost(reader: IdxReader, folder: Path, shard: Shard) -> Iterator[Any]:
        yield from itertools.islice(read(reader, folder, shard), 5)
        raise ConnectionError("lost")

    monkeypatch.setattr(IdxReader, "read", and_lost)
    with pytest.raises(ConnectionError, match="lost"):
        ingest(idx_folder, tmp_path / "out")
    assert not list((tmp_path / "out").glob("Split-*/*"))


@given(st.lists(st.text() | st.integers(), min_size=1).map(tuple))
def test_names_of_pictures_go_to_workers_by_a_file(items: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lists = Lists(Path(folder))
        shards = [Shard("train", 0, 1, items), Shard("test", 0, 1, range(10**7))]
        assert lists.write_shards(shards) == {"train": 1, "test": 1}
        assert [lists.read_shard(Listed(s.source, s.index)) for s in shards] == shards


@given(st.lists(st.sets(st.text())))
def test_check_sums_of_all_workers_come_in_the_order_of_names(found: list[set[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lists = Lists(Path(folder))
        names = sorted(set().union(*found))
        for source in range(3):
            lists.write_sums(Listed(str(source), 0), [(n, "5d41") for n in names[source::6]])
            lists.write_sums(Listed(str(source), 1), [])
        expected = [(n, "5d41") for place, n in enumerate(names) if place % 6 < 3]
        assert list(lists.read_sums({"0": 2, "1": 2, "2": 1})) == expected


def test_the_job_does_not_grow_with_the_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    run = beam.Pipeline.run

    def measured(pipeline: beam.Pipeline, *arguments: Any, **options: Any) -> Any:
        sizes.append(len(pipeline.to_runner_api().SerializeToString()))
        return run(pipeline, *arguments, **options)

    monkeypatch.setattr(beam.Pipeline, "run", measured)
    monkeypatch.setattr("components.ingestion.formats.idx._PICTURES_PER_SHARD", 5)
    for name, train in (("few", 40), ("many", 400)):
        folder = write_idx_folder(tmp_path / name, train=train)
        ingest(folder, tmp_path / f"of {name}")
    few, many = sizes
    assert many < few + 100


def test_the_same_data_give_the_same_files(idx_folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        ingest(idx_folder, tmp_path / name)
    files = {p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()}
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_picture_stays_in_its_split_when_there_are_fewer(
    idx_folder: Path, tmp_path: Path
) -> None:
    everything = ingest(idx_folder, tmp_path / "all")
    some = ingest(idx_folder, tmp_path / "some", selection=Selection(train_limit=50, test_limit=10))
    assert len(some["train"]) + len(some["eval"]) == 50
    assert len(some["test"]) == 10
    held = {value(e, "example_id") for e in everything["eval"]}
    assert {value(e, "example_id") for e in some["eval"]} <= held


def test_another_draw_takes_other_training_pictures_and_holds_others_out(
    idx_folder: Path, tmp_path: Path
) -> None:
    drawn = {}
    for draw in (0, 1, 2):
        selection = Selection(train_limit=100, test_limit=10, draw=draw)
        splits = ingest(idx_folder, tmp_path / str(draw), selection=selection)
        drawn[draw] = {split: {value(e, "example_id") for e in of} for split, of in splits.items()}
        assert len(drawn[draw]["train"]) + len(drawn[draw]["eval"]) == 100
        for example in splits["train"]:
            example_id = value(example, "example_id")
            assert isinstance(example_id, bytes)
            assert value(example, "label") == int(example_id.partition(b"/")[2]) % 10
    assert drawn[0]["train"] | drawn[0]["eval"] == {b"train/%08d" % n for n in range(100)}
    assert drawn[0]["test"] == drawn[1]["test"] == drawn[2]["test"]
    for one, other in ((0, 1), (1, 2)):
        common = drawn[one]["train"] & drawn[other]["train"]
        assert 20 < len(common) < 60  # 40 are expected: a half of 80
        assert drawn[one]["eval"] != drawn[other]["eval"]


def test_the_counts_are_kept_beside_the_pictures(idx_folder: Path, tmp_path: Path) -> None:
    ingest(idx_folder, tmp_path / "out")
    counts = json.loads((tmp_path / "out" / "counts.json").read_text())
    assert counts["test"] == {str(label): 10 for label in range(10)}
    assert sum(counts["train"].values()) + sum(counts["eval"].values()) == 200


def leaky_folder(folder: Path, copies: int) -> Path:
    """The first `copies` pictures of 100 for the test are training pictures with other labels."""
    write_idx_folder(folder)
    train = next(iter_idx(folder / "train-images-idx3-ubyte.gz"))
    test = next(iter_idx(folder / "t10k-images-idx3-ubyte.gz"))
    write_idx(
        folder / "t10k-images-idx3-ubyte.gz", np.concatenate([train[1 : 1 + copies], test[copies:]])
    )
    return folder


def test_test_pictures_that_are_training_pictures_fail_the_run(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="stand in train") as caught:
        ingest(leaky_folder(tmp_path / "data", 7), tmp_path / "out", max_leaked=0.06)
    text = user_error_in(caught.value) or ""
    assert text.startswith(
        "7 of 100 test pictures stand in train or eval, too, more than a share of 0.06: "
        "test/00000000 = train/00000001, test/00000001 = train/00000002, "
    )
    assert text.endswith(", …. Remove the copies from one side, or raise dataset.max_leaked")


def test_fewer_are_kept_beside_the_pictures(tmp_path: Path) -> None:
    ingest(leaky_folder(tmp_path / "data", 2), tmp_path / "out", max_leaked=0.02)
    found = read_leaks(tmp_path / "out")
    assert (found.test_pictures, found.test.count, found.eval.count) == (100, 2, 0)
    assert found.test.pictures[0] == "test/00000000 = train/00000001"
    assert found.contradicting.pictures[0] == ("test/00000000 (class 0) = train/00000001 (class 1)")


@pytest.mark.real_data
def test_fashion_mnist_has_no_copies(real_data: Path, tmp_path: Path) -> None:
    ingest(real_data / "fashion-mnist", tmp_path / "out", max_leaked=0.0)
    assert read_leaks(tmp_path / "out") == Leaks(test_pictures=10_000)


def test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "data")
    write_idx(folder / "t10k-images-idx3-ubyte.gz", np.zeros((100, 30, 30), np.uint8))
    with pytest.raises(Exception, match="900 bytes") as caught:
        ingest(folder, tmp_path / "out")
    text = user_error_in(caught.value)
    assert text == (
        "picture test/00000000 has 900 bytes (30×30), but the data set of this experiment has "
        "pictures of 784 bytes: give a folder with such pictures"
    )


def test_an_empty_split_is_refused(idx_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="would be empty") as caught:
        ingest(idx_folder, tmp_path / "out", selection=Selection(train_limit=1))
    assert "split" in (user_error_in(caught.value) or "")


def test_a_reader_that_does_not_exist_is_named(idx_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no module 'nowhere'"):
        ingest(idx_folder, tmp_path / "out", reader="nowhere.Reader")

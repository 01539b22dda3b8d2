from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.errors import UserError
from components.ingestion.formats.cifar_pickle import CifarOptions, CifarReader
from components.ingestion.reader import Selection
from components.pictures import PictureFormat
from pipeline.datasets.samples.cifar_10 import write_cifar_sample
from tests.components.ingestion.test_example_gen import ingest, value

NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
READER = CifarReader(NAMES, CifarOptions(inner_folder="all"))
BATCHES = {"data_batch_1": 60, "data_batch_3": 40, "test_batch": 30}


def batch(name: str, count: int) -> dict[str, Any]:
    random = np.random.default_rng(len(name) + count)
    return {
        "data": random.integers(0, 256, (count, 3072), dtype=np.uint8),
        "labels": [index % 10 for index in range(count)],
        "filenames": [f"{index}.png" for index in range(count)],
        "batch_label": name,
    }


def write(folder: Path, keys: Callable[[str], Any] = str, protocol: int = 2) -> Path:
    """A tiny data set in the official layout; `keys` makes its keys, str or bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in BATCHES.items():
        content = {keys(key): part for key, part in batch(name, count).items()}
        (folder / name).write_bytes(pickle.dumps(content, protocol))
    meta = {keys("label_names"): [keys(name) for name in NAMES], keys("num_vis"): 3072}
    (folder / "batches.meta").write_bytes(pickle.dumps(meta, protocol))
    return folder


def test_the_batches_that_are_there_are_read(tmp_path: Path) -> None:
    contents = READER.inspect(write(tmp_path))
    assert contents.pictures == {"train": 100, "test": 30}
    assert sorted(contents.sha256) == sorted(BATCHES)


@pytest.mark.parametrize("inner", ["", "all"])
def test_channels_come_last_and_names_stay(tmp_path: Path, inner: str) -> None:
    write(tmp_path / inner)
    shards = READER.shards(tmp_path, Selection())
    assert [(s.source, s.index, s.of) for s in shards] == [
        ("train", 0, 2),
        ("train", 1, 2),
        ("test", 0, 1),
    ]
    picture = list(READER.read(tmp_path, shards[1]))[7]
    row = batch("data_batch_3", 40)["data"][7]
    assert picture.example_id == "train/data_batch_3/00007"
    assert (picture.label, picture.height, picture.width) == (7, 32, 32)
    pixels = np.frombuffer(picture.image, np.uint8).reshape(32, 32, 3)
    assert np.array_equal(pixels[5, 9], [row[5 * 32 + 9 + plane * 1024] for plane in range(3)])
    assert picture.mean_intensity == pytest.approx(row.mean())


@pytest.mark.parametrize(("limit", "left"), [(0, [60, 40]), (70, [60, 10]), (60, [60]), (5, [5])])
def test_a_limit_takes_the_first_pictures(tmp_path: Path, limit: int, left: list[int]) -> None:
    shards = READER.shards(write(tmp_path), Selection(train_limit=limit))
    assert [len(s.items) for s in shards if s.source == "train"] == left


def test_files_besides_the_archives_are_named_as_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path / "all")
    for name in ("readme.html", "data_batch_6", "more.txt"):
        (folder / name).write_bytes(b"")
    left_out = READER.left_out(tmp_path)
    assert left_out == {"not a file of this data format": ["all/data_batch_6", "all/more.txt"]}


def test_another_draw_takes_pictures_of_all_batches(tmp_path: Path) -> None:
    folder = write(tmp_path)
    shards = READER.shards(folder, Selection(train_limit=50, draw=1))
    train = [shard for shard in shards if shard.source == "train"]
    pictures = [picture for shard in train for picture in READER.read(folder, shard)]
    assert len({picture.example_id for picture in pictures}) == 50
    assert all(0 < len(shard.items) < 40 for shard in train)
    again = READER.shards(folder, Selection(train_limit=50, draw=2))
    assert [shard.items for shard in again] != [shard.items for shard in shards]
    assert again[-1] == shards[-1]  # the test pictures


def test_python_2_and_3_and_bytes_as_keys_give_the_same_examples(tmp_path: Path) -> None:
    def python_2(key: str) -> Any:
        return key.encode()

    folders = [
        write(tmp_path / f"{keys.__name__}{protocol}", keys, protocol)
        for keys in (str, python_2)
        for protocol in (0, 2, 4, 5)
    ]
    outputs = []
    for folder in folders:
        splits = ingest(
            folder,
            tmp_path / "out" / folder.name,
            reader="components.ingestion.formats.cifar_pickle.CifarReader",
            picture_format=PictureFormat(
                encoded=False, shape=(32, 32, 3), class_names=tuple(NAMES)
            ),
        )
        outputs.append(
            {
                name: [e.SerializeToString(deterministic=True) for e in es]
                for name, es in splits.items()
            }
        )
    assert sum(map(len, outputs[0].values())) == 130
    assert all(output == outputs[0] for output in outputs)


def changed(**parts: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = {**batch("data_batch_1", 60), **parts}
        content = {key: part for key, part in content.items() if part is not None}
        (folder / "data_batch_1").write_bytes(pickle.dumps(content))

    return change


def cut_short(folder: Path) -> None:
    path = folder / "data_batch_1"
    path.write_bytes(path.read_bytes()[:-1000])


def text(folder: Path) -> None:
    (folder / "data_batch_1").write_text("no batch\n")


def no_test_batch(folder: Path) -> None:
    (folder / "test_batch").unlink()


def no_data_batch(folder: Path) -> None:
    for path in folder.glob("data_batch_*"):
        path.unlink()


def other_classes(folder: Path) -> None:
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": ["hen", "egg"]}))


def endless_names(folder: Path) -> None:
    names: list[Any] = ["x"] * 1000
    for _ in range(2):
        names = [names, names]
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": names}))


def no_names(folder: Path) -> None:
    (folder / "batches.meta").write_bytes(pickle.dumps({"names": NAMES}))


def twice(folder: Path) -> None:
    content: dict[Any, Any] = {**batch("data_batch_1", 60), b"labels": [0] * 60}
    (folder / "data_batch_1").write_bytes(pickle.dumps(content))


def a_pipe(folder: Path) -> None:
    (folder / "data_batch_1").unlink()
    os.mkfifo(folder / "data_batch_1")


def a_list(folder: Path) -> None:
    (folder / "data_batch_1").write_bytes(pickle.dumps([1, 2]))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_short, "data_batch_1 is no pickle of data, or cut short: copy or download it again"),
        (text, "data_batch_1 is no pickle of data, or cut short: copy or download it again"),
        (
            changed(data=np.zeros((60, 3071), np.uint8)),
            "data_batch_1 holds an array of shape (60, 3071) and type uint8, not uint8 of shape "
            "(pictures, 3072): is it a batch of CIFAR-10?",
        ),
        (changed(data=np.zeros((60, 3072), np.float32)), "and type float32, not uint8"),
        (
            changed(labels=[0] * 7 + [10] + [0] * 52),
            "data_batch_1 gives picture 7 the label 10, but labels run from 0 to 9",
        ),
        (changed(labels=["cat"] * 60), "gives picture 0 the label 'cat'"),
        (changed(labels=[10**100] * 60), "gives picture 0 the label a huge number, but"),
        (changed(labels=[[[1]]] * 60), "gives picture 0 the label a list, but labels run from"),
        (changed(data=np.zeros((0, 3072), np.uint8), labels=[]), "data_batch_1 holds no pictures"),
        (twice, "data_batch_1 holds an entry twice, by text and by bytes"),
        (endless_names, "names the classes [a list, a list], but the experiment has ['airplane'"),
        (no_names, "batches.meta is not CIFAR-10's: it holds no list 'label_names'"),
        (a_pipe, "data_batch_1 is a pipe, not a file with data"),
        (changed(labels=[0] * 59), "data_batch_1 holds 60 pictures but 59 labels"),
        (changed(labels=None), "is not a CIFAR-10 batch: it holds no array 'data' and 'labels'"),
        (a_list, "holds a list, not a dictionary as CIFAR-10's"),
        (no_test_batch, "holds no file test_batch"),
        (no_data_batch, "holds no data_batch_1 … data_batch_5: at least one is needed"),
        (other_classes, "names the classes ['hen', 'egg'], but the experiment has ['airplane'"),
    ],
)
def test_broken_batches_cost_one_line(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(write(tmp_path))
    with pytest.raises(UserError) as caught:
        READER.inspect(tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


class Evil:
    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.marker}",)


def test_a_batch_that_would_run_a_command_is_refused(tmp_path: Path) -> None:
    changed(more=Evil(tmp_path / "marker"))(write(tmp_path))
    with pytest.raises(UserError, match=r"data_batch_1 is refused: it would call posix\.system"):
        READER.inspect(tmp_path)
    assert not (tmp_path / "marker").exists()


def test_the_stand_in_can_be_learnt_but_not_by_the_simplest_means(tmp_path: Path) -> None:
    write_cifar_sample(tmp_path)
    assert READER.inspect(tmp_path).pictures == {"train": 2000, "test": 500}
    train, test = (READER.read_batch(tmp_path / name) for name in ("data_batch_1", "test_batch"))
    labels = np.array(train.labels)
    means = np.stack([train.pixels[labels == label].mean(axis=0) for label in range(10)])
    distances = ((test.pixels[:, None].astype(float) - means[None]) ** 2).sum(axis=(2, 3, 4))
    assert 0.4 < (distances.argmin(axis=1) == np.array(test.labels)).mean() < 0.95


@pytest.mark.real_data
def test_the_real_batches_are_read(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "cifar-10-batches-py"
    assert READER.inspect(folder).pictures == {"train": 10_000, "test": 10_000}
    splits = ingest(
        folder,
        tmp_path,
        reader="components.ingestion.formats.cifar_pickle.CifarReader",
        picture_format=PictureFormat(encoded=False, shape=(32, 32, 3), class_names=tuple(NAMES)),
        selection=Selection(train_limit=50, test_limit=20),
    )
    assert len(splits["train"]) + len(splits["eval"]) == 50
    with open(folder / "test_batch", "rb") as file:
        trusted = pickle.load(file, encoding="bytes")
    for index, example in enumerate(splits["test"]):
        pixels = np.frombuffer(value(example, "image"), np.uint8).reshape(32, 32, 3)  # type: ignore[call-overload]
        assert np.array_equal(pixels.transpose(2, 0, 1).reshape(-1), trusted[b"data"][index])
        assert value(example, "label") == trusted[b"labels"][index]

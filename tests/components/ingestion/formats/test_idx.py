from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.errors import UserError
from components.ingestion.formats.idx import IdxReader
from components.ingestion.formats.idx_file import iter_idx, write_idx
from components.ingestion.reader import Selection

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


def test_pictures_keep_bytes_order_label_and_facts(idx_folder: Path) -> None:
    [shard] = [s for s in IdxReader([]).shards(idx_folder, Selection()) if s.source == "train"]
    pictures = list(IdxReader([]).read(idx_folder, shard))
    pixels = next(iter_idx(idx_folder / TRAIN_IMAGES))
    labels = next(iter_idx(idx_folder / TRAIN_LABELS))
    assert len(pictures) == 200
    assert pictures[7].example_id == "train/00000007"
    assert pictures[7].image == pixels[7].tobytes()
    assert pictures[7].label == labels[7]
    assert (pictures[7].height, pictures[7].width) == (28, 28)
    assert pictures[7].mean_intensity == pytest.approx(pixels[7].mean())


def test_shards_cover_all_pictures_once(idx_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.ingestion.formats.idx._PICTURES_PER_SHARD", 33)
    reader = IdxReader([])
    shards = [s for s in reader.shards(idx_folder, Selection()) if s.source == "train"]
    ids = [p.example_id for shard in shards for p in reader.read(idx_folder, shard)]
    assert len(shards) == 7
    assert ids == [f"train/{i:08d}" for i in range(200)]


def test_a_limit_takes_the_first_pictures(idx_folder: Path) -> None:
    reader = IdxReader([])
    selection = Selection(train_limit=20)
    counts = {s.source: len(s.items) for s in reader.shards(idx_folder, selection)}
    assert counts == {"train": 20, "test": 100}


def test_colour_pictures_of_rank_4_are_read(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (6, 5, 4, 3), dtype=np.uint8)
    for prefix in ("train", "t10k"):
        write_idx(tmp_path / f"{prefix}-images-idx4-ubyte", pixels)
        write_idx(tmp_path / f"{prefix}-labels-idx1-ubyte", np.zeros(6, np.uint8))
    reader = IdxReader([])
    assert reader.inspect(tmp_path).pictures == {"train": 6, "test": 6}
    picture = next(reader.read(tmp_path, reader.shards(tmp_path, Selection())[0]))
    assert (picture.height, picture.width, len(picture.image)) == (5, 4, 60)


def test_pictures_and_labels_must_be_equally_many(idx_folder: Path) -> None:
    write_idx(idx_folder / TRAIN_LABELS, np.zeros(199, np.uint8))
    with pytest.raises(UserError, match="200 pictures but .* 199 labels"):
        IdxReader([]).inspect(idx_folder)


def test_a_labels_file_in_place_of_images_is_noticed(idx_folder: Path) -> None:
    write_idx(idx_folder / TRAIN_IMAGES, np.zeros(200, np.uint8))
    with pytest.raises(UserError, match="is it the images file"):
        IdxReader([]).inspect(idx_folder)


def test_a_missing_file_and_a_missing_folder_are_named(idx_folder: Path) -> None:
    (idx_folder / TRAIN_LABELS).unlink()
    with pytest.raises(UserError, match="holds no file train-labels-idx1-ubyte"):
        IdxReader([]).inspect(idx_folder)
    with pytest.raises(UserError, match="is not a folder"):
        IdxReader([]).inspect(idx_folder / "nowhere")


@pytest.mark.real_data
def test_the_real_fashion_mnist_is_read_to_its_end(real_data: Path) -> None:
    contents = IdxReader([]).inspect(real_data / "fashion-mnist")
    assert contents.pictures == {"train": 60_000, "test": 10_000}
    assert contents.sha256["t10k-labels-idx1-ubyte"].startswith("0402a96d92fd2663")

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from components import limits
from components.errors import UserError
from components.ingestion.formats.idx import IdxReader
from components.ingestion.formats.idx_file import is_compressed, iter_idx, unpack_idx, write_idx
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


def around(folder: Path) -> None:
    """One folder around everything, and what macOS leaves beside it."""
    inner = folder / "mnist" / "raw"
    inner.mkdir(parents=True)
    (folder / "__MACOSX").mkdir()
    (folder / "readme.txt").touch()
    for file in folder.glob("*.gz"):
        file.rename(inner / file.name)


def named_alike(folder: Path) -> None:
    """Kaggle's: each file unpacked, in a folder of its own name."""
    for file in list(folder.glob("*.gz")):
        content, name = gzip.decompress(file.read_bytes()), file.name.removesuffix(".gz")
        file.unlink()
        (folder / name).mkdir()
        (folder / name / name).write_bytes(content)


def with_dots(folder: Path) -> None:
    for file in list(folder.glob("*.gz")):
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))


def named_alike_and_with_dots(folder: Path) -> None:
    copies = {file.name: file.read_bytes() for file in folder.glob("*.gz")}
    named_alike(folder)
    for name, content in copies.items():
        (folder / name.replace("-idx", ".idx")).write_bytes(content)


@pytest.mark.parametrize("change", [around, named_alike, with_dots, named_alike_and_with_dots])
def test_layouts_that_people_have_hold_the_same(
    idx_folder: Path, change: Callable[[Path], None]
) -> None:
    reader = IdxReader([])
    plain = reader.inspect(idx_folder)
    change(idx_folder)
    assert reader.inspect(idx_folder) == plain
    shards = reader.shards(idx_folder, Selection())
    assert len([picture for shard in shards for picture in reader.read(idx_folder, shard)]) == 300


def test_what_is_compressed_is_unpacked_once(idx_folder: Path, tmp_path: Path) -> None:
    reader = IdxReader([])
    labels = idx_folder / TRAIN_LABELS
    unpack_idx(labels, idx_folder / "train-labels-idx1-ubyte")
    labels.unlink()
    prepared = reader.prepare(idx_folder, tmp_path)
    assert reader.inspect(prepared) == reader.inspect(idx_folder)
    assert not any(map(is_compressed, prepared.iterdir()))
    assert (prepared / "train-labels-idx1-ubyte").is_symlink()
    assert reader.prepare(prepared, tmp_path) == prepared
    pictures = [
        [
            picture
            for shard in reader.shards(folder, Selection())
            for picture in reader.read(folder, shard)
        ]
        for folder in (idx_folder, prepared)
    ]
    assert pictures[0] == pictures[1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_a_full_disk_is_no_mistake_in_the_file_that_is_unpacked(idx_folder: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        unpack_idx(idx_folder / TRAIN_IMAGES, Path("/dev/full"))


@pytest.mark.parametrize("shape", [(200, 0, 0), (200, 0, 28), (200, 28, 28, 0)])
def test_pictures_without_pixels_are_refused(idx_folder: Path, shape: tuple[int, ...]) -> None:
    write_idx(idx_folder / TRAIN_IMAGES, np.zeros(shape, np.uint8))
    with pytest.raises(UserError, match=r"pictures of (0×|28×28×0).*, which show nothing"):
        IdxReader([]).inspect(idx_folder)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_labels_that_are_no_whole_numbers_are_refused(idx_folder: Path, dtype: type) -> None:
    write_idx(idx_folder / TRAIN_LABELS, np.full(200, 0.5, dtype))
    with pytest.raises(UserError, match="labels are whole numbers"):
        IdxReader([]).inspect(idx_folder)


def test_a_pipe_in_the_place_of_a_file_is_refused(idx_folder: Path) -> None:
    (idx_folder / TRAIN_LABELS).unlink()
    os.mkfifo(idx_folder / TRAIN_LABELS)
    with pytest.raises(UserError, match="train-labels-idx1-ubyte.gz is a pipe"):
        IdxReader([]).inspect(idx_folder)


def test_large_pictures_are_read_a_few_at_a_time(
    idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = IdxReader([])
    shard = reader.shards(idx_folder, Selection())[0]
    whole = list(reader.read(idx_folder, shard))
    monkeypatch.setattr(limits, "IDX_ITEM", 3 * 28 * 28)
    assert list(reader.read(idx_folder, shard)) == whole


@pytest.mark.real_data
def test_the_real_fashion_mnist_is_read_to_its_end(real_data: Path) -> None:
    contents = IdxReader([]).inspect(real_data / "fashion-mnist")
    assert contents.pictures == {"train": 60_000, "test": 10_000}
    assert contents.sha256["t10k-labels-idx1-ubyte"].startswith("0402a96d92fd2663")


def test_files_besides_the_four_are_named_as_left_out(idx_folder: Path) -> None:
    assert IdxReader([]).left_out(idx_folder) == {}
    for name in ("train-images.idx3-ubyte", "more/notes.txt", ".hidden"):
        (idx_folder / name).parent.mkdir(exist_ok=True)
        (idx_folder / name).write_bytes(b"")
    assert IdxReader([]).left_out(idx_folder) == {
        "not a file of this data format": ["train-images.idx3-ubyte", "more/notes.txt"]
    }

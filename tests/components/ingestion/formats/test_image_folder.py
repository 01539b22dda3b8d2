from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.errors import UserError, user_error_in
from components.ingestion.picture_file import examine
from components.ingestion.reader import Picture, Rejected, Selection
from components.ingestion.tally import CONTENT, read_leaks
from components.pictures import PictureFormat, decode
from tests.components.ingestion.formats.picture_folders import (
    READER,
    TAKE_A_QUARTER,
    encoded,
    labels,
    write,
)
from tests.components.ingestion.test_example_gen import ingest, value

NO_PICTURE = "not a picture of a known format"


def test_without_test_pictures_a_share_must_be_drawn(tmp_path: Path) -> None:
    write(tmp_path, "cat.0.jpg", "dog.0.jpg")
    with pytest.raises(UserError, match="has no test pictures"):
        READER.shards(tmp_path, Selection())


def test_the_check_sum_sees_every_byte_and_every_name(tmp_path: Path) -> None:
    write(tmp_path, "cat.0.jpg", "dog.0.jpg")
    [before] = READER.inspect(tmp_path).sha256.values()
    (tmp_path / "cat.0.jpg").rename(tmp_path / "cat.1.jpg")
    [renamed] = READER.inspect(tmp_path).sha256.values()
    write(tmp_path, "cat.1.jpg")
    [changed] = READER.inspect(tmp_path).sha256.values()
    assert len({before, renamed, changed}) == 3


def test_shards_cover_all_pictures_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.ingestion.formats.image_folder._PICTURES_PER_SHARD", 3)
    names = [f"{name}.{i}.jpg" for name in ("cat", "dog") for i in range(8)]
    write(tmp_path, *names)
    shards = list(READER.shards(tmp_path, TAKE_A_QUARTER))
    assert [(s.source, s.index, s.of) for s in shards if s.source == "test"] == [
        ("test", 0, 2),
        ("test", 1, 2),
    ]
    assert sorted(name for shard in shards for name in map(str, shard.items)) == names


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"no picture at all", NO_PICTURE),
        (encoded()[:700], "a JPEG file that is damaged or cut short"),
        (encoded()[:-2], "a JPEG file that is damaged or cut short"),
        (encoded("png")[:-300], "a PNG file that is damaged or cut short"),
    ],
)
def test_what_cannot_be_decoded_is_left_out_with_its_reason(content: bytes, reason: str) -> None:
    assert examine("cat.0.jpg", content, 0) == Rejected("cat.0.jpg", reason)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (encoded(), ""),
        (encoded(mode="L"), "a grey picture"),
        (encoded(mode="CMYK"), "CMYK colours, converted to RGB"),
        (encoded("png"), "a PNG file in spite of its name"),
        (encoded("png", mode="L"), "a PNG file in spite of its name, a grey picture"),
        (encoded() + b"rubbish behind the end", ""),
    ],
)
def test_what_is_odd_is_used_with_a_note(content: bytes, note: str) -> None:
    picture = examine("cat.0.jpg", content, 1)
    assert isinstance(picture, Picture)
    assert (picture.image, picture.label, picture.note) == (content, 1, note)
    assert (picture.height, picture.width) == (30, 40)
    pixels = decode(tf.constant(content), 3).numpy()
    assert picture.mean_intensity == pytest.approx(pixels.mean())


def test_cmyk_colours_come_out_right() -> None:
    red = io.BytesIO()
    Image.new("RGB", (16, 16), (255, 0, 0)).convert("CMYK").save(red, "jpeg")
    pixel = decode(tf.constant(red.getvalue()), 3).numpy()[8, 8]
    assert np.abs(pixel - np.array([255.0, 0, 0])).max() < 4


SOME = encoded()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_goes_unnoticed_or_unnamed(data: st.DataObject) -> None:
    content = bytearray(SOME)
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    looked_at = examine("cat.0.jpg", cut, 0)
    if isinstance(looked_at, Picture):  # then Transform can decode it
        assert decode(tf.constant(cut), 3).shape == (looked_at.height, looked_at.width, 3)
    else:
        assert looked_at.reason


PHOTOS = {
    "reader": "components.ingestion.formats.image_folder.ImageFolderReader",
    "picture_format": PictureFormat(encoded=True, shape=(32, 32, 3), class_names=("cat", "dog")),
    "selection": TAKE_A_QUARTER,
}
BROKEN = {
    "cat.truncated.jpg": (encoded()[:700], "a JPEG file that is damaged or cut short", False),
    "cat.empty.jpg": (b"", "the file is empty", False),
    "dog.png.jpg": (encoded("png"), "a PNG file in spite of its name", True),
    "dog.text.jpg": (b"hello", NO_PICTURE, False),
    "dog.cmyk.jpg": (encoded(mode="CMYK"), "CMYK colours, converted to RGB", True),
}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 good pictures, and five that are not."""
    folder = tmp_path_factory.mktemp("mixed")
    write(folder, *(f"{name}.{i}.jpg" for name in ("cat", "dog") for i in range(100)))
    for name, (content, _, _) in BROKEN.items():
        write(folder, name, content=content)
    return folder


def test_original_files_are_kept_and_broken_ones_named(mixed: Path, tmp_path: Path) -> None:
    splits = ingest(mixed, tmp_path, **PHOTOS, max_broken=0.05)
    examples = [example for split in splits.values() for example in split]
    assert len(examples) == 202
    for example in examples:
        name = value(example, "example_id")
        assert isinstance(name, bytes)
        assert value(example, "image") == (mixed / name.decode()).read_bytes()
        assert value(example, "class_name") == name[:3]
        assert (value(example, "height"), value(example, "width")) == (30, 40)
    notes = json.loads((tmp_path / "notes.json").read_text())
    assert {name: (note["note"], note["used"]) for note in notes for name in note["pictures"]} == {
        name: (reason, used) for name, (_, reason, used) in BROKEN.items()
    }


def test_too_many_broken_pictures_fail_the_run(mixed: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="cannot be used") as caught:
        ingest(mixed, tmp_path, **PHOTOS, max_broken=0.01)
    assert user_error_in(caught.value) == (
        "3 of 205 pictures cannot be used, more than a share of 0.01: cat.empty.jpg (the file is "
        "empty), cat.truncated.jpg (a JPEG file that is damaged or cut short), dog.text.jpg "
        f"({NO_PICTURE}). Mend or remove them, or raise dataset.max_broken"
    )


def test_a_file_that_is_no_picture_does_not_count_as_a_broken_picture(tmp_path: Path) -> None:
    for part, count in (("train", 10), ("test", 2)):
        for name in ("cat", "dog"):
            write(tmp_path / "data", *(f"{part}/{name}/{i}.jpg" for i in range(count)))
    write(tmp_path / "data", "val/cat/0.jpg", content=encoded(mode="L"))
    write(tmp_path / "data", "a.txt", "train/b.txt")
    ingest(tmp_path / "data", tmp_path / "out", **PHOTOS, max_broken=0.0)
    notes = json.loads((tmp_path / "out/notes.json").read_text())
    assert [(n["note"].partition(",")[0], n["used"], n["pictures"]) for n in notes] == [
        ("a grey picture", True, ["val/cat/0.jpg"]),
        ("of a folder for validation", True, ["val/cat/0.jpg"]),
        ("by its name no picture", False, ["a.txt", "train/b.txt"]),
    ]


@pytest.mark.real_data
def test_real_photographs_are_read(real_data: Path) -> None:
    folder = real_data / "dogs-vs-cats"
    assert READER.inspect(folder).pictures == {"train": 1600, "test": 0}
    selection = Selection(test_fraction=0.25, data_subset=20, test_limit=10)
    found = labels(folder, selection)
    assert len(found["train"]) == 40
    assert len(found["test"]) == 10
    assert set(found["test"].values()) == {0, 1}


def test_a_copy_in_another_file_format_is_found(tmp_path: Path) -> None:
    write(tmp_path / "data", "train/cat/0.png", "train/cat/1.jpg", "test/cat/0.png")
    write(tmp_path / "data", *(f"train/dog/{number}.jpg" for number in range(12)))
    pixels = Image.fromarray(np.random.default_rng(5).integers(0, 255, (9, 8, 3)).astype(np.uint8))
    pixels.save(tmp_path / "data/train/cat/0.png")
    pixels.save(tmp_path / "data/test/cat/0.bmp")
    write(tmp_path / "data", "test/dog/0.jpg", "test/dog/1.jpg")
    ingest(tmp_path / "data", tmp_path / "out", **PHOTOS, max_leaked=0.5)
    assert read_leaks(tmp_path / "out").test.pictures == ["test/cat/0.bmp = train/cat/0.png"]


def test_workers_check_what_is_read_and_what_is_not(tmp_path: Path) -> None:
    names = [
        f"{part}/{name}.{i}.jpg"
        for part in ("train", "val")
        for name in ("cat", "dog")
        for i in range(9)
    ]
    folder = write(tmp_path / "data", *names)
    (folder / "train/cat.9.jpg").write_bytes(b"no picture")
    before = dict(READER.inspect(folder).sha256)
    assert list(before) == ["37 pictures, names and contents"]
    ingest(
        folder,
        tmp_path / "out",
        reader="components.ingestion.formats.image_folder.ImageFolderReader",
        picture_format=PictureFormat(encoded=True, shape=(8, 8, 3), class_names=("cat", "dog")),
        selection=Selection(data_subset=6),
        max_broken=0.5,
        sha256=before,
    )
    assert CONTENT.read(tmp_path / "out") == before
    assert not (tmp_path / "out" / "lists").exists()

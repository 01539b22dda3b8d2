from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.errors import UserError, user_error_in
from components.ingestion.formats.image_folder import ImageFolderOptions, ImageFolderReader
from components.ingestion.picture_file import examine
from components.ingestion.reader import Picture, Rejected, Selection
from components.ingestion.tally import read_leaks
from components.pictures import PictureFormat, decode
from tests.components.ingestion.test_example_gen import ingest, value

NO_PICTURE = "not a picture: no JPEG, PNG, BMP, GIF, WEBP, TIFF, PPM file"
READER = ImageFolderReader(
    ["cat", "dog"], ImageFolderOptions(inner_folder="All", ignored_folders=("unknown",))
)
TAKE_A_QUARTER = Selection(test_fraction=0.25)


def encoded(kind: str = "jpeg", mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> bytes:
    """A picture file; every one is another picture."""
    encoded.seed += 1  # type: ignore[attr-defined]
    pixels = np.random.default_rng(encoded.seed).integers(0, 255, (*size[::-1], 3))  # type: ignore[attr-defined]
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).convert(mode).save(file, kind)
    return file.getvalue()


encoded.seed = 0  # type: ignore[attr-defined]


def write(folder: Path, *names: str, content: bytes | None = None) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encoded() if content is None else content)
    return folder


def labels(folder: Path, selection: Selection = TAKE_A_QUARTER) -> dict[str, dict[str, int]]:
    """Source → picture → label, as ExampleGen would get them."""
    found: dict[str, dict[str, int]] = {"train": {}, "test": {}}
    for shard in READER.shards(folder, selection):
        for picture in READER.read(folder, shard):
            assert isinstance(picture, Picture)
            found[shard.source][picture.example_id] = picture.label
    return found


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
    shards = READER.shards(tmp_path, TAKE_A_QUARTER)
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

"""Examples are read the same in batches and one by one."""

from __future__ import annotations

from pathlib import Path

from components import features
from components.examples import parse, read_examples, records_of, with_feature
from components.ingestion.reader import Picture
from components.ingestion.records import to_example
from tests.artifacts import write_test_split


def test_what_was_written_is_read(tmp_path: Path) -> None:
    pictures = (  # more than a batch
        Picture(f"test/größe-{number}", bytes([number % 256, 0]), number % 2, 1, 2, 0)
        for number in range(300)
    )
    write_test_split(tmp_path, pictures, ["Kater", "Hündin"])
    split = str(tmp_path / "Split-test")
    names = (features.EXAMPLE_ID, features.LABEL, features.CLASS_NAME, features.IMAGE)
    rows = list(read_examples(split, *names))
    assert len(rows) == 300
    assert rows[3] == ("test/größe-3", 1, "Hündin", b"\x03\x00")
    batch = next(iter(records_of(split).batch(10)))
    images, labels = parse(batch, features.IMAGE, features.LABEL)
    assert images.numpy().tolist() == [row[3] for row in rows[:10]]
    assert labels.numpy().tolist() == [row[1] for row in rows[:10]]


def test_a_folders_path_is_no_pattern(tmp_path: Path) -> None:
    for folder in ("r[1]", "r1", "r*", "r?"):
        write_test_split(tmp_path / folder, [Picture(folder, b"pixels", 0, 1, 2, 0)], ["cat"])
    for folder in ("r[1]", "r*", "r?"):
        split = str(tmp_path / folder / "Split-test")
        assert list(read_examples(split, features.EXAMPLE_ID)) == [(folder,)]


def test_a_feature_is_added_and_the_others_stay() -> None:
    record = to_example(Picture("train/1", b"pixels", 1, 1, 2, 0), ["cat", "dog"])
    changed = with_feature(record, features.BACKBONE, [b"one", b"two"])
    [[views], [image]] = ([t.numpy() for t in parse([changed], name)] for name in _TWO)
    assert views.tolist() == [[b"one", b"two"]]
    assert image.tolist() == [b"pixels"]
    assert parse([record], features.BACKBONE)[0].shape == (1, 0)


_TWO = (features.BACKBONE, features.IMAGE)

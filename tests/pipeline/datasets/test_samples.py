from __future__ import annotations

from pathlib import Path

import numpy as np

from components.ingestion.formats.idx import IdxReader
from components.ingestion.formats.idx_file import iter_idx
from pipeline.datasets.samples.fashion_mnist import write_idx_sample


def load(folder: Path, prefix: str) -> tuple[np.ndarray, np.ndarray]:
    images = np.concatenate(list(iter_idx(folder / f"{prefix}-images-idx3-ubyte.gz")))
    labels = np.concatenate(list(iter_idx(folder / f"{prefix}-labels-idx1-ubyte.gz")))
    return images.reshape(len(images), -1).astype(float), labels


def test_the_stand_in_is_the_same_every_time(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        write_idx_sample(folder)
    one, two = (IdxReader([]).inspect(folder) for folder in folders)
    assert one == two
    assert one.pictures == {"train": 5_000, "test": 1_000}


def test_the_stand_in_can_be_learnt_but_not_by_the_simplest_means(tmp_path: Path) -> None:
    write_idx_sample(tmp_path)
    images, labels = load(tmp_path, "train")
    test_images, test_labels = load(tmp_path, "t10k")
    means = np.stack([images[labels == label].mean(axis=0) for label in range(10)])
    nearest = ((test_images[:, None] - means[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert 0.4 < (nearest == test_labels).mean() < 0.9

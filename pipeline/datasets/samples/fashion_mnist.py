"""The generated stand-in for Fashion-MNIST: learnable, not trivial, the same everywhere.

Each class has a smooth shape of its own. A picture is its class's shape, moved, dimmed,
mixed with another class's shape, and covered with noise: a linear model does not get them
all right, and a network that overfits shows it. It stands in for real pictures where none
can be had; what it says about a model is worth nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from components.ingestion.formats.idx_file import write_idx

_SIZE, _CLASSES, _SHIFT = 28, 10, 4
_PICTURES = {"train": 5_000, "t10k": 1_000}


def write_idx_sample(folder: Path) -> None:
    """Writes 5,000 training and 1,000 test pictures of 28×28 in ten classes, as IDX files."""
    random = np.random.default_rng(20_170_825)
    patterns = shapes(random, _CLASSES, _SIZE + 2 * _SHIFT)
    for prefix, count in _PICTURES.items():
        labels = np.arange(count) % _CLASSES
        random.shuffle(labels)
        others = (labels + random.integers(1, _CLASSES, count)) % _CLASSES
        mix = random.uniform(0.0, 0.45, (count, 1, 1))
        strength = random.uniform(0.5, 1.0, (count, 1, 1))
        own, other = (_anywhere(patterns[chosen], random) for chosen in (labels, others))
        pictures = strength * ((1 - mix) * own + mix * other)
        pictures += random.normal(0.0, 0.12, pictures.shape)
        pixels = np.clip(np.rint(255 * pictures), 0, 255).astype(np.uint8)
        write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", pixels)
        write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", labels.astype(np.uint8))


def shapes(random: np.random.Generator, classes: int, size: int) -> np.ndarray:
    """One smooth shape a class, float [classes, size, size], 0 … 1."""
    axis = np.linspace(-1, 1, size)
    patterns = np.zeros((classes, size, size))
    for shape in patterns:
        for _ in range(4):
            row, column = random.uniform(-0.55, 0.55, 2)
            height, width = random.uniform(0.12, 0.4, 2)
            shape += np.exp(
                -(((axis[:, None] - row) / height) ** 2) - ((axis[None, :] - column) / width) ** 2
            )
        shape /= shape.max()
    return patterns


def moved(pictures: np.ndarray, rows: np.ndarray, columns: np.ndarray, size: int) -> np.ndarray:
    """Cuts a window of size × size out of each picture, at the given place."""
    windows = np.lib.stride_tricks.sliding_window_view(pictures, (1, size, size))[:, :, :, 0]
    return windows[np.arange(len(pictures)), rows, columns]


def _anywhere(pictures: np.ndarray, random: np.random.Generator) -> np.ndarray:
    rows, columns = random.integers(0, 2 * _SHIFT + 1, (2, len(pictures)))
    return moved(pictures, rows, columns, _SIZE)

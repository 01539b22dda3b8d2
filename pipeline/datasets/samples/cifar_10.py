"""The generated stand-in for CIFAR-10: learnable, not trivial, in the official layout.

Each class has a smooth pattern of colours; a picture is a piece of it, mixed with another
class's and covered with noise. What it says about a model is worth nothing.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

from pipeline.datasets.samples.fashion_mnist import moved, shapes

_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
_SIZE, _SHIFT = 32, 8
_BATCHES = {"data_batch_1": 1_000, "data_batch_2": 1_000, "test_batch": 500}


def write_cifar_sample(folder: Path) -> None:
    """Writes 2,000 training and 500 test pictures, 32×32 in colour, in ten classes."""
    random = np.random.default_rng(20_090_408)
    patterns = [shapes(random, len(_NAMES), _SIZE + 2 * _SHIFT) for _ in range(3)]
    for name, count in _BATCHES.items():
        labels = np.arange(count) % len(_NAMES)
        random.shuffle(labels)
        others = (labels + random.integers(1, len(_NAMES), count)) % len(_NAMES)
        mix = random.uniform(0.0, 0.5, (count, 1, 1))
        strength = random.uniform(0.4, 1.0, (count, 1, 1, 1))
        rows, columns = random.integers(0, 2 * _SHIFT + 1, (2, count))
        planes = [
            (1 - mix) * moved(pattern[labels], rows, columns, _SIZE)
            + mix * moved(pattern[others], rows, columns, _SIZE)
            for pattern in patterns
        ]
        values = strength * np.stack(planes, axis=1)
        values += random.normal(0.0, 0.12, values.shape)
        data = np.clip(np.rint(255 * values), 0, 255).astype(np.uint8).reshape(count, -1)
        batch = {"batch_label": name, "labels": labels.tolist(), "data": data}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    meta = {"label_names": _NAMES, "num_vis": 3072, "num_cases_per_batch": 1_000}
    (folder / "batches.meta").write_bytes(pickle.dumps(meta, protocol=2))

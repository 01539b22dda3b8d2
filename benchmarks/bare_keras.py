"""The plain alternative: both models of `mlp-batchnorm`, trained and evaluated with Keras alone.

Everything in memory, no pipeline: load, hold the last tenth of the training pictures out,
fit, evaluate on the test pictures, save. Run by `benchmarks.overhead`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

from components.trainer.models.bn_mlp import build_bn_mlp_model
from components.trainer.models.mlp import build_mlp_model

_MODELS = (build_mlp_model, build_bn_mlp_model)


def main() -> None:
    """Trains and evaluates; prints the test accuracies and seconds as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--repeats", type=int, default=1, help="of each model, with other seeds")
    arguments = parser.parse_args()
    images, labels = _load(arguments.folder, "train")
    test_images, test_labels = _load(arguments.folder, "t10k")
    kept = len(images) * 9 // 10
    found = {}
    models = [(seed, build) for seed in range(1, arguments.repeats + 1) for build in _MODELS]
    for seed, build in models:
        started = time.monotonic()
        keras.utils.set_random_seed(seed)
        model = build((28, 28, 1), 10)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(
            images[:kept],
            labels[:kept],
            batch_size=128,
            epochs=arguments.epochs,
            validation_data=(images[kept:], labels[kept:]),
            validation_batch_size=1024,
            callbacks=[
                keras.callbacks.LearningRateScheduler(
                    lambda epoch: 0.001 * (1 + math.cos(math.pi * epoch / arguments.epochs)) / 2
                )
            ],
            verbose=0,
        )
        _, accuracy = model.evaluate(test_images, test_labels, batch_size=1024, verbose=0)
        with tempfile.TemporaryDirectory() as folder:
            model.save(f"{folder}/model.keras")
        seconds = time.monotonic() - started
        found[f"{model.name} {seed}"] = {"accuracy": accuracy, "seconds": seconds}
    print(json.dumps(found))


def _load(folder: Path, prefix: str) -> tuple[np.ndarray, np.ndarray]:
    images = gzip.decompress((folder / f"{prefix}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / f"{prefix}-labels-idx1-ubyte.gz").read_bytes())[8:]
    pixels = np.frombuffer(images, np.uint8).reshape(-1, 28, 28, 1).astype(np.float32) / 255
    return pixels, np.frombuffer(labels, np.uint8).astype(np.int64)


if __name__ == "__main__":
    main()

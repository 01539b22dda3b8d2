"""A frozen backbone that runs once, against a whole model that runs it in every epoch.

    python -m benchmarks.transfer [--pictures 500] [--epochs 10] [--upsampling 7]

In one process, on the same generated pictures and random weights: (a) `model.fit` of the whole
transfer model, as the exercise has it; (b) one pass through the backbone and `fit` of the head
on what it gave. Both are traced before the clock runs. Prints seconds and their ratio, and what
training again with another learning rate costs then. Expected: a ratio a little below the
number of epochs.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="cached features against the whole model")
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--upsampling", type=int, default=7)
    arguments = parser.parse_args()

    import keras
    import numpy as np

    from components.trainer.transfer import features_of, head_of
    from pipeline.course import load_transfer_model

    random = np.random.default_rng(0)
    pictures = random.random((arguments.pictures, 32, 32, 3), dtype=np.float32)
    labels = np.eye(10, dtype=np.float32)[random.integers(0, 10, arguments.pictures)]

    def seconds(run: Callable[[], object]) -> float:
        started = time.monotonic()
        run()
        return time.monotonic() - started

    whole = load_transfer_model("none", upsampling=arguments.upsampling)
    whole.fit(pictures[:32], labels[:32], verbose=0)
    in_whole = seconds(lambda: whole.fit(pictures, labels, epochs=arguments.epochs, verbose=0))

    model = load_transfer_model("none", upsampling=arguments.upsampling)
    backbone, head = features_of(model), head_of(model)
    head.compile(keras.optimizers.Adam(0.001), "categorical_crossentropy", metrics=["accuracy"])
    backbone.predict(pictures[:32], verbose=0)
    head.fit(np.zeros((32, 2048), np.float32), labels[:32], verbose=0)
    found = {}

    def extract() -> None:
        found["features"] = backbone.predict(pictures, verbose=0)

    once = seconds(extract)
    training = [
        seconds(lambda: head.fit(found["features"], labels, epochs=arguments.epochs, verbose=0))
        for _ in range(2)
    ]
    side = 32 * arguments.upsampling
    print(f"{arguments.pictures} pictures of {side}×{side}, {arguments.epochs} epochs")
    print(f"whole model in every epoch {in_whole:8.1f} s")
    print(
        f"backbone once, then head   {once + training[0]:8.1f} s ({once:.1f} + {training[0]:.1f})"
    )
    print(f"the head once more         {training[1]:8.1f} s")
    print(f"ratio                      {in_whole / (once + training[0]):8.2f}")


if __name__ == "__main__":
    main()

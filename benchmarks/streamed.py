"""What a bound on memory costs a training: peak memory and seconds, with and without it.

    python -m benchmarks.streamed [--pictures 20000] [--epochs 3]

Makes Examples with a backbone's features (2,048 floats, 8 KB a picture) in a temporary folder, and
trains a head on them, each time in a process of its own: without a bound, with one that is large
enough, and with a half, an eighth and a hundredth of what the pictures take. Prints for each the
most memory beyond what the process held before, seconds of reading and of training, and whether the
weights are those of the training without a bound.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measured import measure

_FEATURES, _CLASSES, _FILES, _BATCH = 2048, 10, 20, 128


def write_examples(folder: Path, pictures: int) -> None:
    """Writes Examples of `pictures` with features that tell their class."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    centres = rng.normal(size=(_CLASSES, _FEATURES))
    for index in range(_FILES):
        with tf.io.TFRecordWriter(str(folder / f"{index:02}.gz"), "GZIP") as writer:
            for number in range(index, pictures, _FILES):
                label = number % _CLASSES
                values = (centres[label] + 4 * rng.normal(size=_FEATURES)).astype(np.float32)
                example = tf.train.Example()
                feature = example.features.feature
                feature["backbone"].bytes_list.value.append(values.tobytes())
                feature["label"].int64_list.value.append(label)
                feature["example_id"].bytes_list.value.append(b"%d" % number)
                writer.write(example.SerializeToString())


def train(folder: str, epochs: int, memory: int | None) -> dict[str, Any]:
    """Trains in this process; returns the figures."""
    import keras

    from components.trainer.input_pipeline import load_features, training_batches

    keras.utils.set_random_seed(1)
    before = _peak()
    started = time.monotonic()
    split = load_features([f"{folder}/*.gz"], "float32", memory)
    read = time.monotonic() - started
    model = keras.Sequential(
        [keras.layers.Input((_FEATURES,)), keras.layers.Dense(_CLASSES, activation="softmax")]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    started = time.monotonic()
    model.fit(
        training_batches(split, batch_size=_BATCH, seed=1, first_epoch=0, epochs=epochs),
        epochs=epochs,
        steps_per_epoch=-(-split.size // _BATCH),
        shuffle=False,
        verbose=0,
    )
    weights = hashlib.sha256(b"".join(each.tobytes() for each in model.get_weights()))
    return {
        "kind": type(split).__name__,
        "read": read,
        "seconds": time.monotonic() - started,
        "megabytes": _peak() - before,
        "weights": weights.hexdigest(),
    }


def _peak() -> float:
    """The largest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Prints a row for each bound."""
    parser = argparse.ArgumentParser(description="a training with a bound on memory")
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--train", nargs=2, help=argparse.SUPPRESS)  # what a row's process does
    options = parser.parse_args()
    if options.train:
        folder, memory = options.train
        print(json.dumps(train(folder, options.epochs, int(memory) or None)))
        return
    whole = options.pictures * _FEATURES * 4
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(f"{options.pictures:,} pictures take {whole / 1e6:,.0f} MB")
    unbounded = ""
    with tempfile.TemporaryDirectory() as folder:
        write_examples(Path(folder), options.pictures)
        for memory in (0, 2 * whole, whole // 2, whole // 8, whole // 100):
            words = ["--train", folder, str(memory), "--epochs", str(options.epochs)]
            done = measure([sys.executable, "-m", "benchmarks.streamed", *words])
            figures = json.loads(done.output.splitlines()[-1])
            unbounded = unbounded or figures["weights"]
            same = "the same weights" if figures["weights"] == unbounded else "other weights"
            bound = f"{memory / 1e6:,.0f} MB" if memory else "none"
            print(
                f"bound {bound:>10}  {figures['kind']:8} peak {figures['megabytes']:6.0f} MB   "
                f"read {figures['read']:5.1f} s   train {figures['seconds']:5.1f} s   {same}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""Does the trainer wait for augmentation? `reg_cnn` on augmented pictures against memory alone.

    python -m benchmarks.augmentation [--data FOLDER] [--epochs 1] [--policy photo]

In one process, on the same training pictures: pictures per second of the input pipeline by
itself (no model), of the model fed from memory, and of the model fed by the input pipeline,
the latter two in turn. Where the pipeline alone is faster than the model alone, the trainer is
not the one that waits; on a machine without an accelerator both share the processors, so the
last figure falls by the pipeline's share of the work. Expected on two cores: the pipeline three
to four times as fast as the model, and training with augmentation at about 0.7 of the speed
without.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="augmentation against training from memory")
    parser.add_argument("--data", type=Path, help="folder of photographs; default: generated ones")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--policy", default="photo")
    arguments = parser.parse_args()

    import tensorflow as tf

    from components.ingestion.reader import Picture, Selection
    from components.pictures import PictureFormat
    from components.trainer.input_pipeline import training_batches
    from components.trainer.split import Split
    from components.transform.preprocessing import (
        TransformSettings,
        custom_config,
        preprocessing_fn,
    )
    from pipeline.datasets.samples.dogs_vs_cats import write_photo_sample
    from pipeline.experiments import EXPERIMENTS

    experiment = EXPERIMENTS["cnn-augmentation"]
    arm, dataset = experiment.candidate, experiment.dataset
    picture_format = PictureFormat(
        encoded=True, shape=dataset.shape, class_names=dataset.class_names
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.data or Path(scratch)
        if not arguments.data:
            write_photo_sample(folder)
        reader = experiment.dataset.make_reader()
        shards = reader.shards(folder, Selection(data_subset=1000, test_fraction=0.25))
        read = [p for s in shards if s.source == "train" for p in reader.read(folder, s)]
        pictures = [p for p in read if isinstance(p, Picture)]
        decoded = picture_format.decode_batch(tf.constant([p.image for p in pictures]))
    labels = tf.constant([p.label for p in pictures], tf.int64)
    ids = tf.constant([p.example_id for p in pictures])
    config = custom_config(
        TransformSettings(picture_format=picture_format, augmentation=arguments.policy)
    )

    def transform(raw: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        zeros = tf.zeros_like(raw["augmentation_seed"])
        return preprocessing_fn({**raw, "label": zeros}, config)

    def batches(split: Split, epochs: int, graph: Any = None) -> tf.data.Dataset:
        return training_batches(
            split, batch_size=arm.batch_size, seed=1, first_epoch=0, epochs=epochs, transform=graph
        )

    def per_second(run: Any) -> float:
        started = time.monotonic()
        run()
        return arguments.epochs * len(pictures) / (time.monotonic() - started)

    in_memory = Split(decoded, labels, ids)
    stored = Split(picture_format.encode_batch(decoded), labels, ids)

    def model_on(split: Split, graph: Any) -> Any:
        from components.code import load

        model = load(arm.model)(dataset.shape, 2)
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(batches(split, 1, graph).take(2), verbose=0)  # traces

        def run() -> None:
            model.fit(batches(split, arguments.epochs, graph), verbose=0, shuffle=False)

        return run

    def consume(dataset: Iterable[Any]) -> None:
        for _ in dataset:
            pass

    alone = per_second(lambda: consume(batches(stored, arguments.epochs, transform)))
    from_memory, augmented = model_on(in_memory, None), model_on(stored, transform)
    pairs = [(per_second(from_memory), per_second(augmented)) for _ in range(5)]
    memory, with_augmentation = (statistics.median(figures) for figures in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print("pairs, pictures/s:", ", ".join(f"{a:.0f} and {b:.0f}" for a, b in pairs))
    print(f"{len(pictures):,} pictures of {dataset.shape}, policy {arguments.policy}, {arm.title}")
    print(f"input pipeline alone    {alone:8.0f} pictures/s   {alone / memory:5.1f} × the model's")
    print(f"model, from memory      {memory:8.0f} pictures/s")
    print(f"model, with augmentation{with_augmentation:8.0f} pictures/s   ratio {ratio:.2f}")


if __name__ == "__main__":
    main()

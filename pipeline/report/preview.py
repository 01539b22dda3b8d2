"""What augmentation makes of pictures, before beside after: of files, and of a run's own.

Importing this module imports TensorFlow: callers import it late.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components import features, names
from components.examples import read_examples
from components.ingestion.tally import COUNTS_FILE
from components.pictures import decode
from components.trainer.input_pipeline import (
    augmentation_seeds,
    raw_features,
    transform_function,
)
from components.transform.operations import Operation
from components.transform.policies import augment, find_policy
from pipeline.report.grid import Row, draw_grid
from pipeline.runs.metadata import NodeRecord
from pipeline.runs.predict import read_picture
from pipeline.settings.experiment import Experiment

_ROWS, _EPOCHS = 4, 7


def of_files(files: Sequence[Path], policy_name: str, copies: int) -> bytes:
    """Each picture as it is, under seed 0, and under the seeds 1 … `copies`; a PNG file.

    A policy sees the picture in its own size here; in a run, in the data set's.

    Raises:
      UserError: there is no such policy or file, or a file is no picture.
    """
    policy = find_policy(policy_name)
    seeds = list(range(copies + 1))
    rows = []
    for file in files:
        content = read_picture(file)
        picture = decode(tf.constant(content), 3)
        drawn = augment(tf.repeat(picture[None], len(seeds), axis=0), tf.constant(seeds), policy)
        captions = ["before", *(f"seed {seed}" for seed in seeds)]
        rows.append(Row(file.name, list(zip(captions, [picture, *drawn], strict=True))))
    steps = ", ".join(map(in_short, policy))
    return draw_grid(f"policy {policy_name}: {steps}", [_as_arrays(row) for row in rows])


def of_run(nodes: Mapping[str, NodeRecord], experiment: Experiment) -> bytes:
    """Some training pictures of a finished run, as its first epochs showed them; a PNG file."""
    return draw_grid(*rows_of_run(nodes, experiment))


def rows_of_run(nodes: Mapping[str, NodeRecord], experiment: Experiment) -> tuple[str, list[Row]]:
    """Some training pictures of a finished run, as its first epochs showed them, and a title.

    Made by the run's own transform graph, under the seeds that its training used.
    """
    output = tft.TFTransformOutput(str(nodes[names.TRANSFORM].folder(names.OUTPUT_TRANSFORM_GRAPH)))
    graph = transform_function(output)
    examples = _training_pictures(nodes[names.EXAMPLE_GEN].folder(names.OUTPUT_EXAMPLES))
    rows = []
    for example_id, name, image in examples:
        epochs = tf.range(_EPOCHS, dtype=tf.int64)
        seeds = augmentation_seeds(
            tf.repeat(tf.constant([example_id]), _EPOCHS), experiment.seed, epochs
        )
        images = tf.repeat(tf.constant([image]), _EPOCHS + 1)
        all_seeds = tf.concat([tf.zeros([1], tf.int64), seeds], axis=0)
        pixels = graph(raw_features(images, all_seeds))[features.PIXELS]
        captions = ["as it is", *(f"epoch {epoch + 1}" for epoch in range(_EPOCHS))]
        rows.append(Row(name, list(zip(captions, pixels, strict=True))))
    title = f"{experiment.name}: training pictures under policy {experiment.augmentation}"
    return title, [_as_arrays(row) for row in rows]


def _training_pictures(examples: Path) -> list[tuple[str, str, bytes]]:
    """Id, class name and bytes of a few of the split, of as many classes as may be."""
    counts = json.loads((examples / COUNTS_FILE).read_text())
    each = max(1, _ROWS // len(counts[features.TRAIN]))
    taken: dict[int, list[tuple[str, str, bytes]]] = {}
    columns = (features.LABEL, features.EXAMPLE_ID, features.CLASS_NAME, features.IMAGE)
    split = str(examples / f"Split-{features.TRAIN}")
    for label, example_id, name, image in read_examples(split, *columns):
        of_class = taken.setdefault(label, [])
        if len(of_class) < each:
            of_class.append((example_id, name, image))
        if sum(map(len, taken.values())) == _ROWS:
            break
    return [example for label in sorted(taken) for example in taken[label]]


def in_short(operation: Operation) -> str:
    """An operation as one would write it, without the parameters that are left as they are."""
    changed = [
        f"{field.name}={_rounded(getattr(operation, field.name))}"
        for field in dataclasses.fields(operation)  # type: ignore[arg-type]
        if getattr(operation, field.name) != field.default
    ]
    return f"{type(operation).__name__}({', '.join(changed)})"


def _rounded(value: Any) -> Any:
    if value == 1 / 255:
        return "1/255"
    return round(value, 4) if isinstance(value, float) else value


def _as_arrays(row: Row) -> Row:
    return row._replace(pictures=[(text, np.asarray(picture)) for text, picture in row.pictures])

"""Artifacts made by hand for nodes to take: Examples, and models whose answers are known."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import tensorflow as tf
from tfx.types import artifact, standard_artifacts

from components import names
from components.ingestion.reader import Picture
from components.ingestion.records import to_example
from components.learning_record import CURVES_FILE, TRAINING_FILE, LearningRecord

A = TypeVar("A", bound=artifact.Artifact)

#: Serialized Examples, string [n] → whether class 1 is the answer, bool [n].
Rule = Callable[[tf.Tensor], tf.Tensor]


def artifact_in(folder: Path, kind: type[A]) -> A:
    """An artifact without content."""
    folder.mkdir(parents=True, exist_ok=True)
    made = kind()
    made.uri = str(folder)
    return made


def write_test_split(
    folder: Path, pictures: Iterable[Picture], class_names: Sequence[str]
) -> standard_artifacts.Examples:
    """Examples as ExampleGen writes them, with a split `test` alone."""
    made = artifact_in(folder, standard_artifacts.Examples)
    made.split_names = '["test"]'
    split = folder / "Split-test"
    split.mkdir()
    with tf.io.TFRecordWriter(str(split / "data_tfrecord-00000-of-00001.gz"), "GZIP") as writer:
        for picture in pictures:
            writer.write(to_example(picture, class_names))
    return made


def write_run(folder: Path, record: LearningRecord) -> standard_artifacts.ModelRun:
    """What a Trainer leaves of such a training."""
    made = artifact_in(folder, standard_artifacts.ModelRun)
    training = dataclasses.asdict(record)
    curves = [{"eval_accuracy": accuracy} for accuracy in training.pop("eval_accuracy")]
    (folder / TRAINING_FILE).write_text(json.dumps(training))
    (folder / CURVES_FILE).write_text(json.dumps(curves))
    return made


def save_model(folder: Path, rule: Rule, sure: float = 0.9) -> standard_artifacts.Model:
    """A model of two classes, which is so sure of what the rule says."""
    module = tf.Module()
    signature = [tf.TensorSpec([None], tf.string, name="examples")]

    @tf.function(input_signature=signature)
    def evaluate(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        of_one = tf.where(rule(examples), sure, 1 - sure)
        return {names.PROBABILITIES: tf.stack([1 - of_one, of_one], axis=1)}

    module.evaluate = evaluate
    made = artifact_in(folder, standard_artifacts.Model)
    tf.saved_model.save(module, f"{made.uri}/Format-Serving", {names.EVALUATE: evaluate})
    return made

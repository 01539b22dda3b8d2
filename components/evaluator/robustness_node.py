"""The node that asks both models about corrupted test pictures.

A corrupted picture takes the place of the stored one in its Example, and so goes through
Transform's graph like any other. Both models see the very same pictures.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import tensorflow as tf
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact, artifact_utils, standard_artifacts
from tfx.utils import path_utils

from components import features, names, nodes
from components.evaluator.corruptions import CORRUPTIONS, SEVERITIES, choose, corrupt
from components.evaluator.robustness import Robustness, summarize
from components.examples import read_examples, with_feature
from components.pictures import PictureFormat
from components.progress import emit
from components.result_file import ResultFile
from components.settings import Count, settings

#: In the node's artifact, see `read_result`.
ROBUSTNESS_FILE = ResultFile("robustness.json", version=2)

_BATCH = 128


@settings
class RobustnessSettings:
    """What is asked.

    Attributes:
      pictures: at most so many test pictures are corrupted.
      picture_format: theirs; they are brought to its shape before they are corrupted.
    """

    pictures: Count
    picture_format: PictureFormat


def read_result(folder: Path | str) -> Robustness:
    """What the node left in its artifact `robustness`.

    Raises:
      UserError: another version of this project wrote it, or it is damaged.
    """
    return Robustness.from_dict(ROBUSTNESS_FILE.read(folder))


class Executor(nodes.NodeExecutor):
    """Corrupts pictures, asks the models, and counts."""

    SETTINGS = RobustnessSettings

    def run(
        self, settings: RobustnessSettings, inputs: nodes.Artifacts, outputs: nodes.Artifacts
    ) -> None:
        """See the module's text."""
        models = [_signature(model) for role in names.ROLES for model in inputs[role]]
        split = artifact_utils.get_split_uri(inputs[names.OUTPUT_EXAMPLES], features.TEST)
        ids = [example_id for (example_id,) in read_examples(split, features.EXAMPLE_ID)]
        wanted = {ids[index] for index in choose(ids, settings.pictures)}
        clean, corrupted, done = [], [], 0
        for batch in _batches(split, wanted, settings.picture_format):
            clean.append(_right(models, batch, batch.images, settings.picture_format))
            of_batch = [
                [
                    _right(
                        models,
                        batch,
                        corrupt(batch.images, batch.example_ids, corruption, severity),
                        settings.picture_format,
                    )
                    for severity in SEVERITIES
                ]
                for corruption in CORRUPTIONS
            ]
            # [corruptions, severities, models, pictures] → [models, pictures, corr…, sev…]
            corrupted.append(np.transpose(of_batch, (2, 3, 0, 1)))
            done += len(batch.labels)
            what = "corrupted test pictures"
            emit("progress", node=names.ROBUSTNESS, what=what, done=done, total=len(wanted))
        result = summarize(np.concatenate(clean, axis=1), np.concatenate(corrupted, axis=1))
        folder = artifact_utils.get_single_uri(outputs[names.OUTPUT_ROBUSTNESS])
        ROBUSTNESS_FILE.write(folder, result.to_dict())


class RobustnessNode(nodes.Node):
    """The node.

    It takes examples with a split `test` and a model of each arm, and leaves `robustness`
    (`ROBUSTNESS_FILE`).

        node = RobustnessNode(
            settings=RobustnessSettings(…), examples=…, baseline=…, candidate=…
        ).with_id(names.ROBUSTNESS)
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    INPUTS: ClassVar = {
        names.OUTPUT_EXAMPLES: standard_artifacts.Examples,
        names.BASELINE: standard_artifacts.Model,
        names.CANDIDATE: standard_artifacts.Model,
    }
    OUTPUTS: ClassVar = {names.OUTPUT_ROBUSTNESS: standard_artifacts.ModelEvaluation}


class _Batch(NamedTuple):
    """Test pictures, uint8 [pictures, height, width, channels], with their names and labels."""

    images: np.ndarray
    example_ids: list[str]
    labels: np.ndarray


def _batches(split: str, wanted: set[str], picture_format: PictureFormat) -> Iterator[_Batch]:
    """The wanted pictures of a split, as Transform would see them before it augments."""
    columns = (features.EXAMPLE_ID, features.IMAGE, features.LABEL)
    rows = (row for row in read_examples(split, *columns) if row[0] in wanted)
    while batch := list(itertools.islice(rows, _BATCH)):
        example_ids, stored, labels = zip(*batch, strict=True)
        images = picture_format.decode_batch(tf.constant(stored)).numpy()
        yield _Batch(images, list(example_ids), np.array(labels))


def _signature(model: artifact.Artifact) -> Callable[..., dict[str, tf.Tensor]]:
    loaded = tf.saved_model.load(path_utils.serving_model_path(model.uri))
    return loaded.signatures[names.EVALUATE]


def _right(
    models: list[Callable[..., dict[str, tf.Tensor]]],
    batch: _Batch,
    images: np.ndarray,
    picture_format: PictureFormat,
) -> np.ndarray:
    """Which pictures each model gets right, shown `images`: bool [models, pictures]."""
    stored = picture_format.encode_batch(tf.constant(images)).numpy()
    records = tf.constant([with_feature(b"", features.IMAGE, [image]) for image in stored])
    answers = [model(examples=records)[names.PROBABILITIES].numpy() for model in models]
    return np.stack([answer.argmax(axis=1) == batch.labels for answer in answers])

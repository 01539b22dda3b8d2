"""ExampleValidator that stops the run on bad data, and says in plain words what is wrong.

TFX's own ExampleValidator writes anomalies down and lets the run go on, and it looks at each
split alone. This one also compares `train` with `test`, and fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2
from tfx.components.example_validator import executor as tfx_executor
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils

from components import features, names, nodes
from components.errors import UserError
from components.pictures import PictureFormat
from components.validation import chance
from components.validation.schema import VALIDATED

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList


def missing_classes(statistics: Mapping[str, Statistics], split: str, classes: int) -> list[int]:
    """The labels from 0 to `classes` − 1 that no picture of a split has, and should have.

    Small `eval` and `test` splits may lack a class by chance.

    Args:
      statistics: of each split, by its name; `train` must be among them.
      split: that is looked at.
      classes: their number.
    """
    train, counts = (label_counts(statistics[name]) for name in (features.TRAIN, split))
    return [
        label
        for label in range(classes)
        if not counts[label]
        and (
            split == features.TRAIN
            or not chance.may_lack_a_class(train[label], train.total(), counts.total(), classes)
        )
    ]


def label_counts(statistics: Statistics) -> Counter[int]:
    """The pictures of each label in a split."""
    buckets = _feature(statistics, features.LABEL).string_stats.rank_histogram.buckets
    return Counter({int(bucket.label): int(bucket.sample_count) for bucket in buckets})


def in_words(
    split: str, anomalies: anomalies_pb2.Anomalies, *, compared_with: str = ""
) -> list[str]:
    """Says each anomaly of a split in one sentence."""
    against = f" (compared with split {compared_with!r})" if compared_with else ""
    sentences = []
    for name, info in sorted(anomalies.anomaly_info.items()):
        reasons = " ".join(reason.description for reason in info.reason) or info.description
        sentences.append(f"{name} in split {split!r}{against}: {reasons}")
    if anomalies.HasField("dataset_anomaly_info"):
        sentences.append(f"split {split!r}: {anomalies.dataset_anomaly_info.description}")
    return sentences


def problems(
    statistics: Mapping[str, Statistics],
    schema: schema_pb2.Schema,
    class_names: Sequence[str],
) -> list[str]:
    """All that is wrong with a data set, a sentence each; empty when it is sound.

    Args:
      statistics: of each split, by its name; `train` and `test` must be among them.
      schema: with domains and skew comparators, as `picture_schema` makes it.
      class_names: names of the labels 0, 1, …
    """
    checked = _validated_part(schema)
    sentences = []
    for split, of_split in statistics.items():
        missing = missing_classes(statistics, split, len(class_names))
        if missing:
            classes = ", ".join(f"{class_names[label]!r}" for label in missing)
            sentences.append(f"split {split!r} has no picture of class {classes}")
        sentences += in_words(split, tfdv.validate_statistics(statistics=of_split, schema=checked))
    return sentences + in_words(
        features.TRAIN, skew(statistics, schema), compared_with=features.TEST
    )


def skew(
    statistics: Mapping[str, Statistics], schema: schema_pb2.Schema
) -> anomalies_pb2.Anomalies:
    """Compares `train` with `test`, see `problems`.

    The thresholds are the schema's, or what a fair draw of so few pictures may show, where that
    is more.

    `eval` is drawn from `train` by a hash, so only `test` can differ from it by more than
    chance. Domains are not looked at: here only the skew counts.
    """
    return tfdv.validate_statistics(
        statistics=statistics[features.TRAIN],
        schema=_beyond_chance(_without_domains(_validated_part(schema)), statistics),
        serving_statistics=statistics[features.TEST],
    )


def _beyond_chance(
    schema: schema_pb2.Schema, statistics: Mapping[str, Statistics]
) -> schema_pb2.Schema:
    """The schema with thresholds of skew that are not below what chance gives."""
    compared = [statistics[split] for split in (features.TRAIN, features.TEST)]
    counts = [label_counts(of_split) for of_split in compared]
    labels = sorted(set().union(*counts))
    by_chance = {
        features.LABEL: chance.label_distance(
            *([of_split[label] for label in labels] for of_split in counts)
        ),
        features.MEAN_INTENSITY: chance.brightness_divergence(*map(_brightness, compared)),
    }
    for feature in schema.feature:
        if feature.HasField("skew_comparator"):
            comparator = feature.skew_comparator
            measure = (
                comparator.infinity_norm
                if feature.name == features.LABEL
                else comparator.jensen_shannon_divergence
            )
            measure.threshold = max(measure.threshold, by_chance[feature.name])
    return schema


def _brightness(statistics: Statistics) -> chance.Histogram:
    histograms = _feature(statistics, features.MEAN_INTENSITY).num_stats.histograms
    # What TFDV compares, too; it has another one of quantiles.
    [buckets] = [each.buckets for each in histograms if each.type == each.STANDARD]
    return chance.Histogram(
        *(
            np.array([getattr(bucket, name) for bucket in buckets])
            for name in ("low_value", "high_value", "sample_count")
        )
    )


def _feature(statistics: Statistics, name: str) -> statistics_pb2.FeatureNameStatistics:
    [dataset] = statistics.datasets
    return next(feature for feature in dataset.features if list(feature.path.step) == [name])


class _TfxExecutor(tfx_executor.Executor):
    """TFX's own, looking at the validated features only."""

    def _Validate(self, inputs: dict[str, Any], outputs: dict[str, Any]) -> anomalies_pb2.Anomalies:
        inputs = {**inputs, names.OUTPUT_SCHEMA: _validated_part(inputs[names.OUTPUT_SCHEMA])}
        return super()._Validate(inputs, outputs)


class Executor(nodes.NodeExecutor):
    """Writes the anomalies as TFX does, then fails if the data set has problems."""

    SETTINGS = PictureFormat

    def run(
        self, settings: PictureFormat, inputs: nodes.Artifacts, outputs: nodes.Artifacts
    ) -> None:
        """See the module's text.

        Raises:
          UserError: the data set has problems; the text names them all.
        """
        _TfxExecutor(self._context).Do(inputs, outputs, {"exclude_splits": "[]"})
        [artifact] = inputs[names.OUTPUT_STATISTICS]
        statistics = {
            split: stats_artifact_utils.load_statistics(artifact, split).proto()
            for split in artifact_utils.decode_split_names(artifact.split_names)
        }
        schema = io_utils.SchemaReader().read(
            io_utils.get_only_uri_in_dir(artifact_utils.get_single_uri(inputs[names.OUTPUT_SCHEMA]))
        )
        sentences = problems(statistics, schema, settings.class_names)
        if sentences:
            raise UserError(
                f"the data are not fit for training: {'; '.join(sentences)}. "
                "Mend the data, give other data with --data, or raise --limit"
            )


def _validated_part(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    part = schema_pb2.Schema()
    part.feature.extend(feature for feature in schema.feature if feature.name in VALIDATED)
    return part


def _without_domains(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    copy = schema_pb2.Schema()
    copy.CopyFrom(schema)
    for feature in copy.feature:
        if feature.name == features.LABEL:  # it must stay a category
            feature.int_domain.ClearField("min")
            feature.int_domain.ClearField("max")
        else:
            feature.ClearField("domain_info")
        feature.ClearField("presence")
    return copy


class PictureValidator(nodes.Node):
    """The node. Nodes that need sound data must name it as their upstream node.

    It takes the statistics of all splits and a schema (see `picture_schema`), and leaves
    `anomalies` as TFX's own ExampleValidator does.

        node = PictureValidator(
            settings=PictureFormat(…), statistics=…, schema=…
        ).with_id(names.EXAMPLE_VALIDATOR)
    """

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
    INPUTS: ClassVar = {
        names.OUTPUT_STATISTICS: standard_artifacts.ExampleStatistics,
        names.OUTPUT_SCHEMA: standard_artifacts.Schema,
    }
    OUTPUTS: ClassVar = {names.OUTPUT_ANOMALIES: standard_artifacts.ExampleAnomalies}

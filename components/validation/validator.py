"""ExampleValidator that stops the run on bad data, and says in plain words what is wrong.

TFX's own ExampleValidator writes anomalies down and lets the run go on, and it looks at each
split alone. This one also compares `train` with `test`, and fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

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
from components.validation.schema import VALIDATED


def missing_classes(
    statistics: statistics_pb2.DatasetFeatureStatisticsList, num_classes: int
) -> list[int]:
    """The labels from 0 to `num_classes` − 1 that no picture of a split has."""
    for feature in statistics.datasets[0].features:
        if list(feature.path.step) == [features.LABEL]:
            seen = {
                int(bucket.label)
                for bucket in feature.string_stats.rank_histogram.buckets
                if bucket.sample_count
            }
            return [label for label in range(num_classes) if label not in seen]
    return list(range(num_classes))


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
    statistics: dict[str, statistics_pb2.DatasetFeatureStatisticsList],
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
        missing = missing_classes(of_split, len(class_names))
        if missing:
            classes = ", ".join(f"{class_names[label]!r}" for label in missing)
            sentences.append(f"split {split!r} has no picture of class {classes}")
        sentences += in_words(split, tfdv.validate_statistics(statistics=of_split, schema=checked))
    return sentences + in_words(
        features.TRAIN, skew(statistics, schema), compared_with=features.TEST
    )


def skew(
    statistics: Mapping[str, statistics_pb2.DatasetFeatureStatisticsList],
    schema: schema_pb2.Schema,
) -> anomalies_pb2.Anomalies:
    """Compares `train` with `test`, see `problems`.

    `eval` is drawn from `train` by a hash, so only `test` can differ from it by more than
    chance. Domains are not looked at: here only the skew counts.
    """
    return tfdv.validate_statistics(
        statistics=statistics[features.TRAIN],
        schema=_without_domains(_validated_part(schema)),
        serving_statistics=statistics[features.TEST],
    )


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

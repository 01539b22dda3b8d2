"""What a data set's statistics say of it, as plain data for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2
from tfx.utils import io_utils

from components import features
from components.validation.split_facts import Skew, SplitFacts
from components.validation.validator import label_counts, skew

_DISTANCES = {
    "L_INFTY": "largest difference of a class's share",
    "JENSEN_SHANNON_DIVERGENCE": "Jensen-Shannon divergence",
}


def facts_of(statistics: Path, schema: Path) -> tuple[dict[str, SplitFacts], list[Skew]]:
    """Reads what StatisticsGen and Schema left.

    Args:
      statistics: folder of the artifact with all splits' statistics.
      schema: folder of the artifact with the schema.

    Returns:
      Each split's facts, by its name, and the distances between `train` and `test`.
    """
    by_split = {
        split: tfdv.load_stats_binary(str(statistics / f"Split-{split}" / "FeatureStats.pb"))
        for split in features.SPLITS
    }
    read_schema = io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(str(schema)))
    facts = {split: split_facts(of_split, read_schema) for split, of_split in by_split.items()}
    return facts, skews(by_split, read_schema)


def split_facts(
    statistics: statistics_pb2.DatasetFeatureStatisticsList, schema: schema_pb2.Schema
) -> SplitFacts:
    """The facts of one split."""
    [dataset] = statistics.datasets
    by_name = {feature.path.step[0]: feature for feature in dataset.features}
    of_label = label_counts(statistics)
    domain = next(f.int_domain for f in schema.feature if f.name == features.LABEL)
    counts = [of_label[label] for label in range(domain.max + 1)]
    brightness = by_name[features.MEAN_INTENSITY].num_stats

    def reach(name: str) -> tuple[int, int]:
        numbers = by_name[name].num_stats
        return int(numbers.min), int(numbers.max)

    return SplitFacts(
        pictures=int(dataset.num_examples),
        fewest=min(counts),
        most=max(counts),
        brightness=brightness.mean,
        brightness_spread=brightness.std_dev,
        height=reach(features.HEIGHT),
        width=reach(features.WIDTH),
    )


def skews(
    statistics: Mapping[str, statistics_pb2.DatasetFeatureStatisticsList],
    schema: schema_pb2.Schema,
) -> list[Skew]:
    """The distances between `train` and `test` that the schema sets a threshold for."""
    return [
        Skew(
            feature=info.path.step[0],
            distance=_DISTANCES.get(kind := measured.Type.Name(measured.type), kind),
            value=measured.value,
            threshold=measured.threshold,
        )
        for info in skew(statistics, schema).drift_skew_info
        for measured in info.skew_measurements
    ]

"""What the notebooks show of a data set's statistics, schema and anomalies.

TFDV's tables of schema and anomalies are shown as they are; what stands here are statistics,
whose view of TFDV's own (Facets) needs a network in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import tensorflow_data_validation as tfdv
from matplotlib.figure import Figure
from tensorflow_metadata.proto.v0 import anomalies_pb2

from components import features
from components.validation.schema import VALIDATED
from components.validation.validator import label_counts
from pipeline.report.plots import COLOURS, new_figure

#: Of TFDV: a `DatasetFeatureStatisticsList` by split.
Statistics = Mapping[str, Any]


def load_statistics(artifact: Path | str) -> dict[str, Any]:
    """What StatisticsGen left, by split; `artifact` is its folder."""
    return {
        split: tfdv.load_stats_binary(f"{artifact}/Split-{split}/FeatureStats.pb")
        for split in features.SPLITS
    }


def load_anomalies(artifact: Path | str) -> dict[str, Any]:
    """What ExampleValidator left, by split, as TFDV's `Anomalies`; `artifact` is its folder."""
    return {
        split: anomalies_pb2.Anomalies.FromString(
            Path(artifact, f"Split-{split}", "SchemaDiff.pb").read_bytes()
        )
        for split in features.SPLITS
    }


def facts(statistics: Statistics) -> pd.DataFrame:
    """A row for each feature and split: how many values, how many missing, and how they lie."""
    rows = {}
    for name in VALIDATED:
        for split, of_split in statistics.items():
            feature = tfdv.get_feature_stats(of_split.datasets[0], tfdv.FeaturePath([name]))
            if feature.HasField("string_stats"):  # a category: its numbers are names
                common, lies = feature.string_stats.common_stats, {}
            else:
                numbers = feature.num_stats
                common = numbers.common_stats
                lies = {
                    "min": numbers.min,
                    "median": numbers.median,
                    "mean": numbers.mean,
                    "max": numbers.max,
                    "deviation": numbers.std_dev,
                }
            rows[name, split] = {
                "values": common.num_non_missing,
                "missing": common.num_missing,
                **lies,
            }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["feature", "split"])
    return table.astype({"values": int, "missing": int})


def classes(statistics: Statistics, names: Sequence[str]) -> pd.DataFrame:
    """How many pictures each class has in each split."""
    counts = {split: label_counts(of_split) for split, of_split in statistics.items()}
    return pd.DataFrame(
        {split: [of[label] for label in range(len(names))] for split, of in counts.items()},
        index=pd.Index(names, name="class"),
    )


def brightness(statistics: Statistics) -> Figure:
    """The pictures' mean intensities in `train` and `test`, as shares, by TFDV's histograms."""
    figure, axes = new_figure()
    path = tfdv.FeaturePath([features.MEAN_INTENSITY])
    for split, colour in zip((features.TRAIN, features.TEST), COLOURS, strict=True):
        feature = tfdv.get_feature_stats(statistics[split].datasets[0], path)
        [buckets] = [h.buckets for h in feature.num_stats.histograms if h.type == h.STANDARD]
        total = sum(bucket.sample_count for bucket in buckets)
        shares = [bucket.sample_count / total for bucket in buckets]
        edges = [*(bucket.low_value for bucket in buckets), buckets[-1].high_value]
        axes.stairs(shares, edges, color=colour, label=split, linewidth=2)
    axes.set_xlabel("mean intensity of a picture, 0 … 255")
    axes.set_ylabel("share of pictures")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure

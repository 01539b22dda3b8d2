from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.validation.chance import divergence
from components.validation.schema import picture_schema, statistics_options
from components.validation.validator import label_counts, problems, skew

NAMES = [f"class {i}" for i in range(10)]
Statistics = Any  # a statistics_pb2.DatasetFeatureStatisticsList


def measured(
    labels: Any, brightness: np.ndarray, schema: schema_pb2.Schema, *, height: int = 28
) -> Statistics:
    """Statistics of pictures as StatisticsGen makes them."""
    intensity = brightness.astype(np.float32)
    columns = {"label": labels, "height": height, "width": 28, "mean_intensity": intensity}
    label = next(feature for feature in schema.feature if feature.name == "label")
    options = statistics_options(label.int_domain.max + 1)
    options.schema = schema
    return tfdv.generate_statistics_from_dataframe(pd.DataFrame(columns), options, n_jobs=1)


@pytest.fixture(scope="module")
def schema() -> schema_pb2.Schema:
    text = picture_schema(10, (28, 28), max_label_skew=0.04, max_brightness_skew=0.1)
    return text_format.Parse(text, schema_pb2.Schema())


@pytest.fixture(scope="module")
def of(schema: schema_pb2.Schema) -> Callable[..., Statistics]:
    """Statistics of pictures with these labels (and, if given, these facts)."""

    def statistics(labels: np.ndarray, brightness: float = 70.0, height: int = 28) -> Statistics:
        random = np.random.default_rng(len(labels))
        return measured(labels, random.normal(brightness, 15, len(labels)), schema, height=height)

    return statistics


@pytest.fixture(scope="module")
def sound(of: Callable[..., Statistics]) -> dict[str, Statistics]:
    return {
        split: of(np.arange(count) % 10)
        for split, count in (("train", 2000), ("eval", 300), ("test", 500))
    }


def test_sound_data_have_no_problems(
    sound: dict[str, Statistics], schema: schema_pb2.Schema
) -> None:
    assert problems(sound, schema, NAMES) == []


def test_many_classes_are_counted_one_by_one() -> None:
    classes = 3_000
    text = picture_schema(classes, (28, 28), max_label_skew=0.04, max_brightness_skew=0.1)
    schema = text_format.Parse(text, schema_pb2.Schema())
    splits = {}
    for split, of_each in (("train", 3), ("eval", 1), ("test", 1)):
        labels = np.repeat(np.arange(classes), of_each)
        random = np.random.default_rng(of_each)
        splits[split] = measured(labels, random.normal(70, 15, len(labels)), schema)
    assert problems(splits, schema, [f"class {i}" for i in range(classes)]) == []
    assert label_counts(splits["train"]) == dict.fromkeys(range(classes), 3)


def test_a_label_outside_the_classes_is_named(
    sound: dict[str, Statistics], schema: schema_pb2.Schema, of: Callable[..., Statistics]
) -> None:
    labels = np.arange(2000) % 10
    labels[0] = 11
    [found] = problems({**sound, "train": of(labels)}, schema, NAMES)
    assert "label in split 'train'" in found
    assert "11" in found


def test_a_class_missing_from_a_split_is_named(
    sound: dict[str, Statistics], schema: schema_pb2.Schema, of: Callable[..., Statistics]
) -> None:
    found = problems({**sound, "eval": of(np.arange(300) % 9)}, schema, NAMES)
    assert "split 'eval' has no picture of class 'class 9'" in found


def test_skew_of_labels_between_train_and_test_is_found(
    sound: dict[str, Statistics], schema: schema_pb2.Schema, of: Callable[..., Statistics]
) -> None:
    labels = np.where(np.arange(500) % 3 == 0, 3, np.arange(500) % 10)
    [found] = problems({**sound, "test": of(labels)}, schema, NAMES)
    assert "label in split 'train' (compared with split 'test')" in found


def test_pictures_twice_as_bright_in_one_split_are_found(
    sound: dict[str, Statistics], schema: schema_pb2.Schema, of: Callable[..., Statistics]
) -> None:
    [found] = problems({**sound, "test": of(np.arange(500) % 10, 140.0)}, schema, NAMES)
    assert "mean_intensity in split 'train' (compared with split 'test')" in found


def test_a_picture_of_another_size_is_found(
    sound: dict[str, Statistics], schema: schema_pb2.Schema, of: Callable[..., Statistics]
) -> None:
    found = problems({**sound, "eval": of(np.arange(300) % 10, height=30)}, schema, NAMES)
    assert any("height in split 'eval'" in sentence for sentence in found)


def test_a_small_split_may_lack_a_class_by_chance(
    sound: dict[str, Statistics], schema: schema_pb2.Schema, of: Callable[..., Statistics]
) -> None:
    assert problems({**sound, "eval": of(np.arange(40) % 9)}, schema, NAMES) == []
    found = problems({**sound, "train": of(np.arange(40) % 9)}, schema, NAMES)
    assert "split 'train' has no picture of class 'class 9'" in found


def test_few_pictures_may_differ_by_more(
    sound: dict[str, Statistics], schema: schema_pb2.Schema, of: Callable[..., Statistics]
) -> None:
    labels = np.append(np.arange(50) % 10, np.full(8, 3))  # a fifth of them
    assert problems({**sound, "test": of(labels)}, schema, NAMES) == []
    [found] = problems({**sound, "test": of(np.repeat(labels, 10))}, schema, NAMES)
    assert "label in split 'train' (compared with split 'test')" in found


def test_the_divergence_that_is_simulated_is_the_one_that_is_measured(
    schema: schema_pb2.Schema,
) -> None:
    rng = np.random.default_rng(3)
    for train, test in ((40, 10), (300, 80)):
        brightness = [rng.normal(100, 20, size).astype(np.float32) for size in (train, test)]
        by_split = {}
        for split, values in zip(("train", "test"), brightness, strict=True):
            by_split[split] = measured(0, values, schema)
        [distance] = [
            each.skew_measurements[0].value
            for each in skew(by_split, schema).drift_skew_info
            if list(each.path.step) == ["mean_intensity"]
        ]
        assert distance == pytest.approx(divergence(*brightness), abs=0.02)

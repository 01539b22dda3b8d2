"""What a person is told of a data set, from statistics of pictures known by heart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.validation import chance
from components.validation.facts import skews, split_facts
from components.validation.schema import picture_schema, statistics_options

SCHEMA = text_format.Parse(
    picture_schema(2, None, max_label_skew=0.04, max_brightness_skew=0.1), schema_pb2.Schema()
)


def statistics(labels: list[int], brightness: list[float]) -> Any:
    frame = pd.DataFrame(
        {
            "label": labels,
            "height": [20 + number for number in range(len(labels))],
            "width": 30,
            "mean_intensity": np.array(brightness, np.float32),
        }
    )
    options = statistics_options(2)
    options.schema = SCHEMA
    return tfdv.generate_statistics_from_dataframe(frame, options)


def test_a_split_is_told_by_numbers_a_person_can_check() -> None:
    found = split_facts(statistics([0, 0, 0, 1], [10.0, 20.0, 30.0, 40.0]), SCHEMA)
    assert (found.pictures, found.fewest, found.most) == (4, 1, 3)
    assert found.brightness == pytest.approx(25)
    assert found.brightness_spread == pytest.approx(np.std([10, 20, 30, 40]))
    assert (found.height, found.width) == ((20, 23), (30, 30))
    of_one_class = split_facts(statistics([1, 1], [10.0, 20.0]), SCHEMA)
    assert (of_one_class.fewest, of_one_class.most) == (0, 2)


def test_the_distance_of_test_from_train_is_told_with_what_was_allowed() -> None:
    rng = np.random.default_rng(0)
    train = statistics([0, 1] * 200, list(rng.normal(100, 20, 400)))
    test = statistics([0, 0, 0, 1] * 100, list(rng.normal(100, 20, 400)))
    found = {one.feature: one for one in skews({"train": train, "test": test}, SCHEMA)}
    assert set(found) == {"label", "mean_intensity"}
    assert found["label"].value == pytest.approx(0.25)
    assert found["label"].threshold == chance.label_distance([200, 200], [300, 100])
    assert 0.1 < found["label"].threshold < 0.15  # by chance; of more pictures it would be 0.04
    assert found["label"].distance == "largest difference of a class's share"
    assert 0 < found["mean_intensity"].value < found["mean_intensity"].threshold

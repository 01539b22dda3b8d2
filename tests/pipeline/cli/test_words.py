from __future__ import annotations

import datetime

import pytest

from pipeline.cli.words import age, bytes_in_words, count, duration


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 kB"),
        (1, "0.0 kB"),
        (56_399, "56 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (11_400_000, "11 MB"),
        (9_940_000_000, "9.9 GB"),
        (5_000_000_000_000_000, "5,000 TB"),
    ],
)
def test_bytes(number: int, said: str) -> None:
    assert bytes_in_words(number) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "just now"), (59, "just now"), (60, "1 min ago"), (7199, "1 h ago"), (1e6, "11 d ago")],
)
def test_ages(seconds: float, said: str) -> None:
    now = datetime.datetime(2026, 1, 20, tzinfo=datetime.timezone.utc)
    assert age(now - datetime.timedelta(seconds=seconds), now) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.9, "0:00"), (65, "1:05"), (3599, "59:59"), (3725, "1:02:05")]
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_counts() -> None:
    assert (count(1, "run"), count(1200, "run")) == ("1 run", "1,200 runs")

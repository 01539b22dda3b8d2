"""The short form of `make fuzz`, and that the fuzzer notices what it is there to notice."""

from __future__ import annotations

import pytest

from tests.fuzz.parent import fuzz
from tests.fuzz.targets import FAULTY, TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_damaged_and_hostile_files_are_read_or_refused(target: str) -> None:
    result = fuzz(target, inputs=300, seconds=120)
    assert result.failures == []
    assert result.inputs == 300
    assert 30 < result.refused < 300  # some are sound, and some are not


SAID = {
    "raises": "ValueError: invalid literal for int",
    "hangs": "no answer for 1 s",
    "crashes": "the process ended with -11",
    "hoards": "MemoryError",
    "works": "no answer for 1 s",
}


@pytest.mark.parametrize("target", FAULTY)
def test_a_faulty_reader_is_noticed(target: str) -> None:
    result = fuzz(target, first=7, inputs=1, seconds=120, patience=1)
    [(number, text)] = result.failures
    assert number == 7
    assert SAID[target] in text


def test_after_a_crash_the_next_input_is_tried() -> None:
    result = fuzz("crashes", inputs=2, seconds=120)
    assert [number for number, _ in result.failures] == [0, 1]
    assert result.inputs == 2

"""The short form of `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cases import Faults


@pytest.mark.slow
def test_what_is_killed_or_damaged_is_made_again(tmp_path: Path) -> None:
    faults = Faults(tmp_path)
    killed, flipped = faults.cases(["Pusher"], ["kill"], ["flip"])
    for case in (killed, flipped):
        assert case.sound, case
        assert case.again == ["Pusher"]
    assert killed.exit_code == -9
    assert "content" in flipped.line

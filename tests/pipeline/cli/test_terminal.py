"""How a comparison looks on a terminal; for a verdict see tests/pipeline/report/test_section.py."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.cli.terminal import print_comparison
from pipeline.report.comparison import compare
from pipeline.runs.result import Summary
from tests.pipeline.report.run_result import a_summary

Output = pytest.CaptureFixture[str]


def lines(capsys: Output) -> list[str]:
    """What was printed, with single spaces."""
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def summary(seeds: int, **changes: Any) -> Summary:
    return a_summary(seeds=seeds, robustness=False, **changes)


def test_runs_stand_side_by_side(capsys: Output) -> None:
    one = summary(1, settings={"seed": 1, "candidate.epochs": 10})
    other = summary(2, run="20260102-040506", settings={"seed": 2, "candidate.epochs": 10})
    print_comparison(compare([one, other]))
    interval = one.significance.accuracy
    bounds = f"{100 * interval.low:+.2f} … {100 * interval.high:+.2f}"
    assert lines(capsys) == [
        "run experiment metric seeds baseline candidate points 95 % conclusion",
        f"20260102-030405 mlp-batchnorm accuracy 1 0.7000 0.9000 +20.00 {bounds} better",
        f"20260102-040506 mlp-batchnorm accuracy 2 0.7000 0.9000 +20.00 {bounds} better",
        "",
        "settings that differ:",
        "seed: 1, 2",
    ]

"""How a verdict and a comparison look on a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.terminal import print_comparison, print_summary
from pipeline.report.comparison import compare
from tests.pipeline.cli.results import summary

Output = pytest.CaptureFixture[str]


def lines(capsys: Output) -> list[str]:
    """What was printed, with single spaces."""
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_a_verdict_is_a_table_and_sentences(capsys: Output) -> None:
    print_summary(summary(), Path("runs/report.html"))
    assert lines(capsys) == [
        "",
        "test accuracy test loss train − test best epoch",
        "MLP 0.8000 0.5000 +0.1500 7",
        "MLP + BN 0.8200 0.5000 +0.1300 7",
        "",
        "Does it help?",
        "Yes, it paid off.",
        "Conclusion: better.",
        "data: Fashion-MNIST (check sums verified)",
        "report: runs/report.html",
    ]


def test_several_seeds_have_a_line_each(capsys: Output) -> None:
    print_summary(summary(seeds=2), Path("report.html"))
    assert lines(capsys)[5:8] == [
        "seed MLP MLP + BN points McNemar p",
        "1 0.8000 0.8200 +2.00 0.012",
        "2 0.8100 0.8300 +2.00 0.012",
    ]


def test_some_pictures_of_each_kind_are_named(capsys: Output) -> None:
    notes = [
        {"count": 1200, "note": "not a picture", "used": False, "pictures": ["a", "b", "c", "d"]},
        {"count": 1, "note": "very small", "used": True, "pictures": ["e"]},
    ]
    print_summary(summary(picture_notes=notes), Path("report.html"))
    printed = lines(capsys)
    assert "left out: 1,200 × not a picture: a, b, c, …" in printed
    assert "used: 1 × very small: e" in printed


def test_runs_stand_side_by_side(capsys: Output) -> None:
    other = summary(seeds=3, run="20261124-120000", settings={"seed": 2, "candidate.epochs": 10})
    print_comparison(compare([summary(), other]))
    assert lines(capsys) == [
        "run experiment seeds baseline candidate points 95 % conclusion",
        "20261124-101500 mlp-batchnorm 1 0.8000 0.8200 +2.00 +1.00 … +3.00 better",
        "20261124-120000 mlp-batchnorm 3 0.8100 0.8300 +2.00 +1.00 … +3.00 better",
        "",
        "settings that differ:",
        "seed: 1, 2",
    ]

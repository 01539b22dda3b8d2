"""Every command, with names that would do something to a terminal: one line, as text."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from components.names import ROLES
from components.text import in_line
from pipeline.cli.main import main
from pipeline.experiments import EXPERIMENTS, Experiment
from pipeline.runs.folders import ExperimentFolder
from pipeline.runs.result import EXPERIMENT, SUMMARY
from pipeline.settings.overrides import override
from tests.pipeline.report.run_result import a_summary, with_titles

NASTY = "x\x1b[2J\x1b]0;t\x07\u202e\n[bold][/x]$a_$b<script>\udce9"
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.parametrize(
    "words",
    [
        [NASTY],
        ["run", NASTY],
        ["run", f"{NASTY}:X"],
        ["run", "mlp-batchnorm", "--data", NASTY],
        ["run", "mlp-batchnorm", "--set", NASTY],
        ["run", "mlp-batchnorm", "--set", f"{NASTY}=1"],
        ["run", "mlp-batchnorm", "--set", f"candidate.epochs={NASTY}"],
        ["run", "mlp-batchnorm", "--set", f"name={NASTY}"],
        ["run", "mlp-batchnorm", "--set", f"dataset={NASTY}"],
        ["run", "mlp-batchnorm", "--gate", NASTY],
        ["run", "mlp-batchnorm", "--runner", NASTY],
        ["run", "mlp-batchnorm", "--limit", NASTY],
        ["run", "mlp-batchnorm", f"--{NASTY}"],
        ["compile", "mlp-batchnorm", "--image=i", "--output", NASTY],
        ["show", NASTY],
        ["show", "--root", NASTY],
        ["report", NASTY],
        ["compare", NASTY],
        ["predict", NASTY, "a.png"],
        ["augment", NASTY],
        ["augment", "a.png", "--out", NASTY],
    ],
    ids=range(21),
)
def test_a_mistake_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert not FORBIDDEN.search(err)


def test_10000_letters_are_one_line_that_a_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "W" * 10_000]) == 2
    assert len(capsys.readouterr().err) < 2100


def nasty_experiment() -> Experiment:
    nasty = NASTY.replace("\udce9", "")  # JSON's files are UTF-8
    base = EXPERIMENTS["mlp-batchnorm"]
    return override(base, [f"{role}.title={nasty}" for role in ROLES] + [f"question={nasty}"])


def test_finished_runs_are_shown_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = nasty_experiment()
    question = experiment.question
    ids = []
    for _ in range(2):
        run = ExperimentFolder.of(tmp_path / "runs", experiment.name).new_run()
        summary = a_summary(run=run.id, question=question, experiment=question, headline=question)
        run.write(EXPERIMENT, experiment)
        run.write(SUMMARY, with_titles(summary, question))
        ids.append(run.id)
    assert main(["show"]) in (0, None)
    assert main(["compare", *ids]) in (0, None)
    out = capsys.readouterr().out
    assert in_line(question) in out
    assert not FORBIDDEN.search(out)
    shown = out.splitlines()
    assert [line for line in shown if line.startswith(ids[0])]


def test_a_node_that_fails_with_markup_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from pipeline.cli.board import Board
    from pipeline.cli.console import complain

    board = Board()
    board.take({"kind": "run", "nodes": ["Trainer.baseline"]})
    failed = {"kind": "node", "node": "Trainer.baseline", "state": "failed", "seconds": 1.0}
    board.take({**failed, "error": NASTY})
    [_, row, _] = board.lines(width=300, height=50, now=0.0)
    assert row.plain.endswith(f"  {in_line(NASTY)}")
    complain(f"error: {NASTY}")
    assert capsys.readouterr().err == f"error: {in_line(NASTY)}\n"

"""What `run` says of each ending, and its exit codes; runs themselves are in tests/e2e."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import running
from pipeline.cli.main import main
from pipeline.runners.run_experiment import Ending, Nodes, Result
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import SUMMARY
from tests.pipeline.report.run_result import a_summary

Output = pytest.CaptureFixture[str]


@pytest.fixture
def words(idx_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return ["run", "mlp-batchnorm", f"--data={idx_folder}"]


def end_as(monkeypatch: pytest.MonkeyPatch, result: Result, *, blessed: bool = True) -> list[Nodes]:
    """Lets runs end so without running anything; gives the nodes that they were to run."""
    asked: list[Nodes] = []

    def run_experiment(
        _: Any, run: RunFolder, data: Any, weights: Any, nodes: Nodes, **__: Any
    ) -> Result:
        asked.append(nodes)
        os.write(1, b"what TFX says\n")
        run.write(SUMMARY, a_summary(blessed=blessed, robustness=False))
        return result

    monkeypatch.setattr(running, "run_experiment", run_experiment)
    monkeypatch.setattr(running.unchanged, "note", lambda *_: None)  # it asks ML Metadata
    return asked


@pytest.mark.parametrize(
    ("blessed", "more", "exit_code"),
    [
        (True, [], 0),
        (False, [], 0),
        (True, ["--require-blessing"], 0),
        (False, ["--require-blessing"], 3),
    ],
)
def test_a_verdict_is_printed(
    words: list[str],
    blessed: bool,
    more: list[str],
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    end_as(monkeypatch, Result(Ending.FINISHED), blessed=blessed)
    assert main([*words, *more]) == exit_code
    out, err = capfd.readouterr()
    assert out.startswith("mlp-batchnorm, run 2")
    assert "Yes, it paid off." in out
    assert "what TFX says" not in out
    assert err == ""
    [log] = Path("runs").glob("mlp-batchnorm/runs/*/log.txt")
    assert log.read_text() == "what TFX says\n"


def test_a_failure_names_the_log(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    end_as(monkeypatch, Result(Ending.FAILED, "Trainer.candidate: RuntimeError: no"))
    assert main(words) == 1
    [log] = Path("runs").resolve().glob("mlp-batchnorm/runs/*/log.txt")
    assert capsys.readouterr().err == f"error: Trainer.candidate: RuntimeError: no; see {log}\n"


def test_a_stopped_run_can_go_on(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    end_as(monkeypatch, Result(Ending.INTERRUPTED))
    assert main(words) == 130
    assert capsys.readouterr().err == "stopped; the same command goes on from here\n"


def test_nodes_are_chosen(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    asked = end_as(monkeypatch, Result(Ending.AT_LAST_NODE))
    assert main([*words, "--from-node=Schema", "--to-node=Transform"]) == 0
    assert asked == [Nodes(cached=True, first="Schema", last="Transform")]
    assert "stopped after Transform as asked; no verdict\n" in capsys.readouterr().out
    assert main([*words, "--no-cache"]) == 0
    assert asked[1:] == [Nodes(cached=False)]


def test_show_and_compare_read_what_run_left(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    end_as(monkeypatch, Result(Ending.FINISHED))
    main(words)
    [file] = Path("runs").glob("*/runs/*/summary.json")
    assert json.loads(file.read_text())["headline"] == "Yes, it paid off."
    capsys.readouterr()
    assert main(["show"]) == 0
    assert "Yes, it paid off." in capsys.readouterr().out
    assert main(["compare", "mlp-batchnorm", file.parent.name, "--root=runs"]) == 0
    assert capsys.readouterr().out.count("better") == 2

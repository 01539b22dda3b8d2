"""What a shell's completion is offered, asked as bash asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli import complete
from pipeline.cli.main import main
from pipeline.runs.folders import ExperimentFolder


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs of one experiment, in the current folder's `runs`."""
    monkeypatch.chdir(tmp_path)
    for run in ("20260101-120000Z", "20260102-120000Z"):
        (ExperimentFolder.of(tmp_path / "runs", "own").path / "runs" / run).mkdir(parents=True)
    (tmp_path / "runs" / "odd\nname" / "runs").mkdir(parents=True)


def offered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> list[str]:
    """What may stand in place of the last word."""
    monkeypatch.setenv(complete.VARIABLE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["regularization-pipeline", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    assert main([]) == 0
    # "plain,word" each; an empty line where there is nothing.
    lines = capsys.readouterr().out.split()
    return [line.partition(",")[2] for line in lines]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["des"], ["describe"]),
        (["run", "cnn"], ["cnn-augmentation", "cnn-regularized"]),
        (["describe", "mlp"], ["mlp-batchnorm"]),
        (["show", "20"], ["20260102-120000Z", "20260101-120000Z"]),
        (["show", "o"], ["own"]),
        (["runs", "o"], ["own"]),
        (["clean", "o"], ["own"]),
        (["compare", "own", "20260101"], ["20260101-120000Z"]),
        (["run", "--gat"], ["--gate"]),
        (["run", "mlp-batchnorm", "--set", "candidate.ep"], ["candidate.epochs="]),
        (["run", "resnet50-transfer", "--set", "candidate.ups"], ["candidate.upsampling="]),
        (["run", "mlp-batchnorm", "--set", "candidate.ups"], []),
        (["run", "no-such", "--set", "candidate.ups"], ["candidate.upsampling="]),
        (["show", "--root", "nowhere", "20"], []),
    ],
)
def test_words_are_completed(
    words: list[str],
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert offered(monkeypatch, capsys, *words) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_function(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from click.shell_completion import BashComplete

    monkeypatch.setattr(BashComplete, "_check_version", lambda *_: None)  # it asks this machine's
    monkeypatch.setenv(complete.VARIABLE, f"{shell}_source")
    assert main([]) == 0
    out = capsys.readouterr().out
    assert f"{complete.VARIABLE}={shell}_complete" in out
    assert "regularization-pipeline" in out


def test_a_shell_that_is_not_known_gets_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(complete.VARIABLE, "nosh_source")
    assert main([]) == 1
    assert capsys.readouterr().out == ""

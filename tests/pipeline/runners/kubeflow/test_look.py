from __future__ import annotations

from pathlib import Path

import pytest

from components.settings import to_json
from pipeline.experiments import find_experiment
from pipeline.runners.kubeflow import command, look
from pipeline.runs.provenance import fingerprint
from tests.conftest import write_idx_folder

EXPERIMENT = find_experiment("mlp-batchnorm")


def test_it_follows_the_content_and_nothing_else(tmp_path: Path) -> None:
    one = write_idx_folder(tmp_path / "one")
    same = write_idx_folder(tmp_path / "same")
    other = write_idx_folder(tmp_path / "other", seed=1)
    found = [look.content(EXPERIMENT, str(folder)) for folder in (one, same, other)]
    assert found[0] == found[1] != found[2]


def test_official_data_need_not_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(look.locate, "data")
    assert look.content(EXPERIMENT, "official") == look.content(EXPERIMENT, "official")


def test_it_writes_what_it_finds_or_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(command.EXPERIMENT, to_json(EXPERIMENT))
    monkeypatch.setenv(command.CODE, fingerprint(EXPERIMENT))
    data, output = write_idx_folder(tmp_path / "data"), tmp_path / "outputs" / "content"
    assert look.main([f"--data={data}", f"--output={output}"]) == 0
    assert output.read_text() == look.content(EXPERIMENT, str(data))
    assert look.main(["--data=/nowhere", f"--output={output}"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: LookAtData: /nowhere is not a folder")
    assert line.endswith("; trying again will not help")
    monkeypatch.setenv(command.CODE, "x")
    assert look.main([f"--data={data}", f"--output={output}"]) == 2
    assert "the image holds other code" in capsys.readouterr().err

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.progress import EVENTS_FILE, emit


def test_events_are_lines_of_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EVENTS_FILE, str(tmp_path / "events"))
    emit("node", node="Trainer.candidate", state="running")
    emit("epoch", node="Trainer.candidate", epoch=1)
    first, second = map(json.loads, (tmp_path / "events").read_text().splitlines())
    assert (first["kind"], first["state"]) == ("node", "running")
    assert second["time"] >= first["time"]


def test_without_a_file_events_go_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EVENTS_FILE, raising=False)
    emit("node", node="ExampleGen")

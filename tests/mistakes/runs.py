"""Mistakes with finished runs: ids that are none, and files that somebody spoiled."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.experiments import EXPERIMENTS
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.runs.result import EXPERIMENT, SUMMARY
from tests.pipeline.report.run_result import a_summary

Spoil = Callable[[RunFolder], object]


def finished(root: Path) -> RunFolder:
    """A run that has its figures, and no artifacts."""
    experiment = EXPERIMENTS["mlp-batchnorm"]
    run = ExperimentFolder.of(root, experiment.name).new_run()
    run.write(EXPERIMENT, experiment)
    run.write(SUMMARY, a_summary(run=run.id, experiment=experiment.name))
    return run


def _content(name: str, content: bytes) -> Spoil:
    return lambda run: (run.path / name).write_bytes(content)


def _changed(name: str, **changes: Any) -> Spoil:
    def change(run: RunFolder) -> None:
        plain = json.loads((run.path / name).read_text())
        (run.path / name).write_text(json.dumps({**plain, **changes}))

    return change


def _cut(name: str) -> Spoil:
    def cut(run: RunFolder) -> None:
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(content[: len(content) // 2])

    return cut


def _folder_instead(name: str) -> Spoil:
    def make(run: RunFolder) -> None:
        (run.path / name).unlink()
        (run.path / name).mkdir()

    return make


def _of(name: str) -> dict[str, Spoil]:
    return {
        f"{name} is empty": _content(name, b""),
        f"{name} is cut": _cut(name),
        f"{name} is text": _content(name, b"hello"),
        f"{name} is null": _content(name, b"null"),
        f"{name} is a list": _content(name, b"[]"),
        f"{name} is another thing": _content(name, b"{}"),
        f"{name} is no UTF-8": _content(name, b"\xff\xfe\x00"),
        f"{name} is deep": _content(name, b"[" * 100_000),
        f"{name} is a folder": _folder_instead(name),
        f"{name} is of a later version": _changed(name, schema_version=10**6),
        f"{name} is of no version": _changed(name, schema_version="x"),
        f"{name} has a key more": _changed(name, more=1),
    }


#: What is in `summary.json`: every command reads it.
SUMMARIES = {
    **_of("summary.json"),
    "a figure is text": _changed("summary.json", candidate="good"),
    "a figure is not a number": _changed("summary.json", headline=3),
}
#: What is in `experiment.json`: `report` and `predict` read it.
EXPERIMENTS_FILES = {
    **_of("experiment.json"),
    "a wrong setting": _changed("experiment.json", seed=-1),
    "an arm is gone": _changed("experiment.json", candidate=None),
}
#: Commands that read a run, but for its id.
READERS = (("show",), ("report",), ("compare",), ("predict", "a.png"), ("show", "--json"))
#: Names that no run has.
NO_RUNS = ("20200101-000000", "mlp", "runs", "..", "/", "a\0b", "*", "n" * 5000, "latest")

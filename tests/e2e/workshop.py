"""A copy of the project with a folder for runs, for tests that run whole experiments."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.conftest import PROJECT
from tests.e2e import warm

#: With these, 1,500 pictures of the stand-in are enough for `mlp-batchnorm` to be judged: both
#: models learn, and Batch Normalization's averages settle.
LEARNS = [
    f"{role}.{setting}"
    for role in ("baseline", "candidate")
    for setting in ("epochs=8", "batch_size=16")
]
#: A run of `mlp-batchnorm` that is judged, in less than a minute; and a gate that it passes.
SMALL = [
    "--limit=1500",
    "--set=robustness_pictures=200",
    *(f"--set={setting}" for setting in LEARNS),
    "--seed=3",
]
EASY = ["--set=gate.min_accuracy=0.2", "--set=gate.min_improvement=-1"]


class Workshop:
    """A copy of the project with a folder for runs."""

    def __init__(self, folder: Path):
        self.project, self.root = folder / "project", folder / "runs"
        for part in ("pipeline", "components"):
            shutil.copytree(PROJECT / part, self.project / part)
        for part in ("data", "data/weights"):
            (self.project / part).mkdir()
            for file in (PROJECT / part).glob("*.yaml"):
                shutil.copy(file, self.project / part)

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "pipeline", *map(str, arguments), f"--root={self.root}"]

    def start(self, *arguments: object) -> warm.Watched:
        """Starts a command; as a new process would, but see `tests.e2e.warm`."""
        return warm.Watched(
            self.command(*arguments),
            cwd=self.project,
            environment=self._environment,
            folder=Path(tempfile.mkdtemp(dir=self.project.parent)),
        )

    def run(self, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, likewise."""
        return warm.run(
            self.command(*arguments), cwd=cwd or self.project, environment=self._environment
        )

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.project)}

    def last(self, experiment: str = "mlp-batchnorm") -> Path:
        return max((self.root / experiment / "runs").iterdir())

    def events(self, experiment: str = "mlp-batchnorm") -> list[dict[str, Any]]:
        """What the last run has told so far."""
        runs = sorted((self.root / experiment / "runs").glob("*"))
        file = runs[-1] / "events.jsonl" if runs else None
        if file is None or not file.exists():
            return []
        return [json.loads(line) for line in file.read_text().splitlines()]

    def states(self, experiment: str = "mlp-batchnorm") -> dict[str, str]:
        """Each node's last state in the last run."""
        return {e["node"]: e["state"] for e in self.events(experiment) if e["kind"] == "node"}

    def summary(self, experiment: str = "mlp-batchnorm") -> dict[str, Any]:
        return json.loads((self.last(experiment) / "summary.json").read_text())


def expect(states: dict[str, str], **wanted: list[str]) -> None:
    for state, nodes in wanted.items():
        assert {node: states.get(node) for node in nodes} == dict.fromkeys(nodes, state)

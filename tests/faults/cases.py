"""The cases of `python -m tests.faults`."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e import warm
from tests.e2e.workshop import EASY, SMALL, Workshop

EXPERIMENT = "mlp-batchnorm"
#: A run that pushes.
RUN = ("run", EXPERIMENT, "--data=sample", *SMALL, *EASY)

_SIGNALS = {"kill": signal.SIGKILL, "terminate": signal.SIGTERM, "interrupt": signal.SIGINT}
_FULL = "full disk"
ENDS = (*_SIGNALS, _FULL)


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


_SPOIL: dict[str, Callable[[Path], object]] = {
    "delete": Path.unlink,
    "empty": lambda file: file.write_bytes(b""),
    "flip": _flip,
}
DAMAGES = tuple(_SPOIL)


@dataclass(frozen=True)
class Case:
    """A run that was disturbed, and run again.

    Attributes:
      node: where.
      how: what was done to it.
      exit_code: of the disturbed run, or of the one that met the damage.
      line: what it told people.
      again: the nodes that the next run did not take from the cache.
      sound: whether the figures are those of an undisturbed run, and the damage was noticed.
    """

    node: str
    how: str
    exit_code: int
    line: str
    again: list[str]
    sound: bool

    @property
    def cells(self) -> list[str]:
        """Of the table."""
        exit_code, sound = str(self.exit_code), "yes" if self.sound else "NO"
        return [self.node, self.how, exit_code, self.line or "–", ", ".join(self.again), sound]


class Faults:
    """Makes cases in a workshop whose last run is a whole one of `RUN`.

    Attributes:
      nodes: of that run.
    """

    def __init__(self, workshop: Workshop):
        self._workshop, self._root = workshop, workshop.root
        self._figures = self._figures_now()
        done = [event for event in self._events() if event.get("state") == "done"]
        self._seconds = {event["node"]: event["seconds"] for event in done}
        self.nodes = list(self._seconds)
        self._whole = self._root.with_name("whole")
        self._root.rename(self._whole)

    def restore(self) -> None:
        """Gives the workshop its whole run back."""
        shutil.rmtree(self._root, ignore_errors=True)
        self._whole.rename(self._root)

    def cases(
        self, nodes: Sequence[str], ends: Sequence[str], damages: Sequence[str]
    ) -> Iterator[Case]:
        """All cases of some nodes: their runs ended in some ways, their artifacts damaged so."""
        for node in nodes:
            for end in ends:
                yield self._ended(node, end)
            for damage in damages:
                yield from self._damaged(node, damage)

    def _ended(self, node: str, how: str) -> Case:
        """A run that ends in a node, after cached ones, and the same command again."""
        if how == _FULL:
            exit_code, line = self._on_a_full_disk(node)
            noticed = "the disk is full" in line
        else:
            exit_code, line, state = self._stopped(node, how)
            noticed = state in ("running" if how == "kill" else "stopped", "done")
            if state == "done":
                how += ", when it was over"
        return self._again(node, how, exit_code, line, noticed=noticed)

    def _copy_until(self, node: str) -> None:
        """What the nodes before one left, as if the run had not come further."""
        shutil.copytree(self._whole, self._root, dirs_exist_ok=True)
        folder = self._root / EXPERIMENT
        later = [f"nodes/{name}" for name in self.nodes[self.nodes.index(node) :]]
        for name in (*later, "runs", "serving", "training"):
            shutil.rmtree(folder / name, ignore_errors=True)

    def _stopped(self, node: str, how: str) -> tuple[int, str, str]:
        """Sends a signal in the middle of the node's own work, earlier if that was over by then.

        Returns:
          The run's exit code, what it told, and the node's last state.
        """
        for share in (2, 8, 0):
            shutil.rmtree(self._root, ignore_errors=True)
            self._copy_until(node)
            process = self._workshop.start(*RUN)
            self._wait_for(node, process)
            time.sleep(self._seconds[node] / share if share else 0)
            process.send_signal(_SIGNALS[how])
            _, errors = process.communicate()
            state = self._workshop.states(EXPERIMENT)[node]
            if state != "done":
                break
        return process.wait(), errors.strip(), state

    def _on_a_full_disk(self, node: str) -> tuple[int, str]:
        """The disk is full from the moment on in which the node begins."""
        shutil.rmtree(self._root, ignore_errors=True)
        self._root.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(self._root)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            raise SystemExit("'full disk' needs the right to mount a small one: leave it out")
        try:
            self._copy_until(node)
            process = self._workshop.start(*RUN)
            self._wait_for(node, process)
            _fill(self._root)
            _, errors = process.communicate()
            (self._root / _BALLAST).unlink()
            kept = self._root.with_name("kept")
            shutil.copytree(self._root, kept)
        finally:
            _unmount(self._root)
        self._root.rmdir()
        kept.rename(self._root)
        return process.wait(), errors.strip().replace(str(self._root), "ROOT")

    def _wait_for(self, node: str, process: warm.Watched) -> None:
        while not any(
            event.get("node") == node and event.get("state") == "running"
            for event in self._events()
        ):
            if process.poll() is not None:
                raise AssertionError(f"the run ended before {node}: {process.communicate()}")
            time.sleep(0.02)

    def _damaged(self, node: str, how: str) -> Iterator[Case]:
        """A finished run whose artifacts are damaged, each in its largest file."""
        for artifact in sorted((self._whole / EXPERIMENT / "nodes" / node).glob("*/*/")):
            files = [file for file in artifact.rglob("*") if file.is_file()]
            if how != "delete":
                files = [file for file in files if file.stat().st_size]
            if not files:
                continue  # nothing to damage
            shutil.rmtree(self._root, ignore_errors=True)
            shutil.copytree(self._whole, self._root)
            largest = max(files, key=lambda file: file.stat().st_size)
            _SPOIL[how](self._root / largest.relative_to(self._whole))
            yield self._again(node, f"{how} {artifact.parent.name}", 0, "", noticed=None)

    def _again(self, node: str, how: str, code: int, line: str, *, noticed: bool | None) -> Case:
        """The same command once more.

        Args:
          node: see `Case`, also for the others.
          how: what was done to it.
          code: the exit code of before.
          line: what was told before.
          noticed: whether what happened was; None: this run must notice it.
        """
        done = self._workshop.run(*RUN)
        events = self._events()
        again = [event["node"] for event in events if event.get("state") == "done"]
        notices = [event["text"] for event in events if event["kind"] == "notice"]
        if noticed is None:
            code, line = done.returncode, "; ".join(notices)
            noticed = bool(notices) and node in again
        same = done.returncode == 0 and self._figures_now() == self._figures
        return Case(node, how, code, " ".join(line.split()), again, noticed and same)

    def _figures_now(self) -> dict[str, Any]:
        summary = self._workshop.summary()
        arms = {role: summary[role] for role in ("baseline", "candidate")}
        return {
            "weights": {role: arm["weights_sha256"] for role, arm in arms.items()},
            "accuracy": {role: arm["test_accuracy"] for role, arm in arms.items()},
            "significance": summary["significance"],
            "robustness": summary["robustness"],
            "pushed": bool(summary["pushed_to"]) and Path(summary["pushed_to"]).is_dir(),
        }

    def _events(self) -> list[dict[str, Any]]:
        return self._workshop.events(EXPERIMENT)


_BALLAST = "ballast"


def _unmount(folder: Path) -> None:
    """Waits some seconds for the processes of a run that has ended."""
    for seconds in range(6):
        time.sleep(seconds)
        if not subprocess.run(["umount", str(folder)], check=False).returncode:
            return
    raise SystemExit(f"a process still uses {folder}")


def _fill(folder: Path) -> None:
    """Writes until the disk of a folder is full."""
    with open(folder / _BALLAST, "wb", buffering=0) as file:
        for block in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(block))
            except OSError:
                continue

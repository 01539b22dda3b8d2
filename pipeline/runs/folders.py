"""The folders of runs: where things lie, and the lock that keeps two runs apart.

<root>/studies/<study>/  study.html, study.json, study.csv, plots/ (PNG files); of points on a
                      cluster fetched/<run id>/
<root>/<experiment>/
  metadata.sqlite     TFX's record of all nodes run (ML Metadata); also its cache
  nodes/              artifacts, by node
  training/           state of trainings that are not finished
  serving/            blessed models, by time
  runs/<run id>/      experiment.json, data.json, code.json, events.jsonl, log.txt, logs/ (a file a
                      node), and when it is finished summary.json, report.html, plots/ (PNG files)
                      and basis.json
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from components.errors import UserError
from components.files import absolute
from components.json_text import parse_json
from pipeline.runs.stored import StoredFile

T = TypeVar("T")

# Beam would find other files than were written, and delete what another folder holds.
_OF_PATTERNS = frozenset("*?[\\")
_ID = "%Y%m%d-%H%M%SZ"  # of a run: Z is UTC
_CLEAN = "clean, "  # in the lock, of who is no run
_A_LOOK = 0.1  # seconds, and more than `is_running` takes


@dataclass(frozen=True)
class ExperimentFolder:
    """The folder of one experiment under a root.

    Attributes:
      path: absolute.
    """

    path: Path

    @classmethod
    def of(cls, root: Path, experiment: str) -> ExperimentFolder:
        """The folder of an experiment; it need not exist yet."""
        return cls(absolute(root) / experiment)

    @property
    def metadata(self) -> Path:
        """SQLite file of ML Metadata."""
        return self.path / "metadata.sqlite"

    @property
    def nodes(self) -> Path:
        """TFX's pipeline root."""
        return self.path / "nodes"

    @property
    def serving(self) -> Path:
        """Where blessed models go."""
        return self.path / "serving"

    @property
    def training(self) -> Path:
        """Where unfinished trainings keep their state."""
        return self.path / "training"

    def runs(self) -> list[RunFolder]:
        """All runs, the oldest first."""
        return [RunFolder(p) for p in sorted((self.path / "runs").glob("*")) if p.is_dir()]

    def new_run(self) -> RunFolder:
        """Makes the folder of a new run, named by the time (UTC); its id is the last in order.

        Ids of before may be of a clock that was ahead, or of local time, as they once were: the
        new one is then the second after them.
        """
        second = datetime.timedelta(seconds=1)
        before = [started + second for run in self.runs() if (started := time_of(run.id))]
        now = max([datetime.datetime.now(datetime.timezone.utc), *before])
        while True:
            path = self.path / "runs" / now.strftime(_ID)
            try:
                path.mkdir(parents=True)
                return RunFolder(path)
            except FileExistsError:
                now += second
            except OSError as error:
                raise UserError(f"cannot write to {self.path}: {error.strerror}") from error

    def is_running(self) -> bool:
        """Whether a run of this experiment is going on now."""
        try:
            with open(self._lock, encoding="utf-8") as lock:
                try:
                    # Shared, so that others who only look are not in each other's way.
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return not lock.read().startswith(_CLEAN)
        except OSError:  # nothing has run here, or nobody may look
            return False
        return False

    @property
    def _lock(self) -> Path:
        return self.path / "lock"

    @contextlib.contextmanager
    def locked(self, *, to_clean: bool = False) -> Iterator[None]:
        """Keeps other runs of this experiment out until the body ends, or this process dies.

        Args:
          to_clean: this is no run, but takes away what runs have left.

        Raises:
          UserError: another run is going on, or no run can go on at such a path.
        """
        if _OF_PATTERNS & set(str(self.path)):
            raise UserError(
                f"{self.path} holds one of {' '.join(sorted(_OF_PATTERNS))}, and TFX and Beam take "
                "the paths of artifacts as patterns: give another --root"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = open(self._lock, "a+", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise UserError(f"cannot write to {self.path}: {error.strerror}") from error
        with lock:
            try:
                _lock_alone(lock)
            except BlockingIOError as error:
                lock.seek(0)
                raise UserError(
                    f"another run of {self.path.name} is going on in {self.path} "
                    f"({lock.read().strip() or 'just started'}): wait for it, or give "
                    "another --root"
                ) from error
            lock.truncate(0)
            lock.write(f"{_CLEAN if to_clean else ''}process {os.getpid()}")
            lock.flush()
            yield


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run.

    Attributes:
      path: absolute; its name is the run's id, when it started (UTC).
    """

    path: Path

    @property
    def id(self) -> str:
        """The run's id, e.g. "20261124-101500Z"."""
        return self.path.name

    @property
    def experiment(self) -> ExperimentFolder:
        """The experiment's folder."""
        return ExperimentFolder(self.path.parent.parent)

    @property
    def events(self) -> Path:
        """See `components.progress`."""
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        """What TFX, Beam and TensorFlow print."""
        return self.path / "log.txt"

    @property
    def node_logs(self) -> Path:
        """Folder of what each node's own process prints: a file `<node>.txt` each."""
        return self.path / "logs"

    def node_log(self, node: str) -> Path:
        """What a node's own process prints; it is not there before that begins."""
        return self.node_logs / f"{node}.txt"

    @property
    def tfx_run(self) -> str:
        """The run's name in ML Metadata.

        Raises:
          UserError: no node has run yet.
        """
        for event in self.read_events():
            if "tfx_run" in event:
                return event["tfx_run"]
        raise UserError(f"run {self.id} was stopped before its first node")

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.path / "report.html"

    def write(self, file: StoredFile[T], content: T) -> None:
        """Writes one of the files of `pipeline.runs.result`."""
        file.write(self.path, content)

    def read(self, file: StoredFile[T]) -> T:
        """Reads one of the files of `pipeline.runs.result`.

        Raises:
          UserError: the run has none (it was stopped before), or it cannot be read.
        """
        try:
            return file.read(self.path)
        except FileNotFoundError as error:
            raise UserError(
                f"run {self.id} did not finish (it has no {file.name}); run the experiment again "
                "and it goes on from there"
            ) from error

    def read_events(self) -> list[dict[str, Any]]:
        """All events so far, the first one first.

        Raises:
          UserError: the file of events is damaged.
        """
        if not self.events.exists():
            return []
        try:
            return [parse_json(line) for line in self.events.read_text().splitlines()]
        except ValueError as error:
            raise UserError(
                f"run {self.id}: {self.events.name} is damaged; run it again"
            ) from error

    def node_times(self) -> list[dict[str, Any]]:
        """How each node ended, and after how many seconds, in order."""
        return [e for e in self.read_events() if e["kind"] == "node" and "seconds" in e]


def _lock_alone(lock: IO[str]) -> None:
    """Takes the lock, and once more after a moment: who looks at it holds it for that long."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_A_LOOK)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def time_of(run_id: str) -> datetime.datetime | None:
    """The time that a run's id says; None for a folder that is called otherwise."""
    try:
        started = datetime.datetime.strptime(run_id.removesuffix("Z") + "Z", _ID)
    except ValueError:
        return None
    return started.replace(tzinfo=datetime.timezone.utc)


def study_folder(root: Path, study: str) -> Path:
    """Where the page of a study and its figures are; the runs are with their experiment's."""
    return absolute(root) / "studies" / study


def experiment_folders(root: Path) -> list[ExperimentFolder]:
    """The folders of all experiments that have run below a root, by their names."""
    folders = [ExperimentFolder(p) for p in sorted(absolute(root).glob("*"))]
    return [folder for folder in folders if (folder.path / "runs").is_dir()]


def find_run(root: Path, run: str | None, *, finished: bool = True) -> RunFolder:
    """The run with this id (or the last finished one of an experiment, or of all).

    Args:
      root: folder of all experiments' runs.
      run: a run's id, the name of an experiment, or None.
      finished: whether the last one must be finished.

    Raises:
      UserError: there is none.
    """
    runs = sorted((r for home in experiment_folders(root) for r in home.runs()), key=lambda r: r.id)
    if run:
        named = [r for r in runs if r.id == run]
        if named:
            return named[-1]
        runs = [r for r in runs if r.experiment.path.name == run]
    kind = "finished run" if finished else "run"
    if finished:
        runs = [r for r in runs if (r.path / "summary.json").exists()]
    if not runs:
        what = f"no {kind} {run!r}" if run else f"no {kind}"
        raise UserError(f"{what} in {root}: start one with `run`, or give its --root")
    return runs[-1]

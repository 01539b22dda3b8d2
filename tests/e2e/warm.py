"""Starts commands of this project as forks of a process that has imported TFX, TensorFlow and Beam.

A command is then what it would be in a process of its own, but for the imports of others' packages,
which take ten seconds of processor time, and as many again for the process that nodes are forked
from. The project's own modules are imported anew, unless the command finds the same.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import multiprocessing.util
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.garbage import collecting_less
from tests.conftest import PROJECT

_OWN = ("pipeline", "components", "tests")
# What commands import late is named, too.
_IMPORTED = (
    *("pipeline.cli.main", "pipeline.report.build", "pipeline.runners.kubeflow.entrypoint"),
    *("pipeline.runners.local.runner", "pipeline.runners.local.warm"),
    *("pipeline.runners.kubeflow.compiler", "matplotlib.figure"),
)


class Process:
    """A command at work; a little of `subprocess.Popen`.

    Attributes:
      pid: of the process.
      returncode: its exit code, once it is known.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        out: Path,
        err: Path,
    ):
        """Starts a command.

        Args:
          command: `python`, `-m`, a module, and its arguments.
          cwd: where; the module is looked for there.
          environment: its variables.
          out: file for what it prints.
          err: likewise for its errors; may be the same.
        """
        _, option, *words = command
        assert option == "-m"
        self.returncode: int | None = None
        pid = _ask("start", [words, str(cwd), dict(environment), str(out), str(err)])
        assert pid
        self.pid = pid

    def poll(self) -> int | None:
        """Its exit code if it has ended."""
        if self.returncode is None:
            self.returncode = _ask("poll", self.pid)
        return self.returncode

    def wait(self) -> int:
        """Its exit code, when it ends."""
        if self.returncode is None:
            self.returncode = _ask("wait", self.pid)
        assert self.returncode is not None
        return self.returncode


class Watched(Process):
    """A command whose output is read while it works.

    Attributes:
      stdout: what it prints, line by line.
    """

    def __init__(
        self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], folder: Path
    ):
        """See `Process`; `folder` is for what it prints."""
        out, self._errors = folder / "out", folder / "err"
        os.mkfifo(out)
        super().__init__(command, cwd=cwd, environment=environment, out=out, err=self._errors)
        self.stdout = out.open()

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def communicate(self) -> tuple[str, str]:
        """What it still prints, and all its errors."""
        with self.stdout:
            out = self.stdout.read()
        self.wait()
        return out, self._errors.read_text()


def run(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end; see `Process`."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = Process(command, cwd=cwd, environment=environment, out=out, err=err)
        return subprocess.CompletedProcess(
            command, process.wait(), out.read_text(), err.read_text()
        )


def _ask(what: str, argument: object) -> int | None:
    server = _server()
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps([what, argument]) + "\n")
    server.stdin.flush()
    answer = server.stdout.readline()
    assert answer, "the process that forks commands has died"
    number: int | None = json.loads(answer)
    return number


@functools.cache
def _server() -> subprocess.Popen[str]:
    # It ends when its standard input does, with this process.
    return subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.warm"],
        cwd=PROJECT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _serve() -> None:
    """Answers each line of standard input: forks a child, or says how one ended."""
    with contextlib.redirect_stdout(sys.stderr), collecting_less():
        from components import environment

        environment.set_variables()
        for name in _IMPORTED:
            importlib.import_module(name)
    for line in sys.stdin:
        what, argument = json.loads(line)
        answer: int | None = None
        if what == "start":
            answer = os.fork()
            if not answer:
                _become(*argument)
                return
        else:
            pid, status = os.waitpid(argument, os.WNOHANG if what == "poll" else 0)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        print(json.dumps(answer), flush=True)


def _become(words: list[str], cwd: str, variables: dict[str, str], out: str, err: str) -> None:
    """Does what `python -m` does with these words."""
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, out, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        (2, err, os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    ):
        file = os.open(path, flags, 0o666)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 the one before has read what is not for it
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(cwd)
    added = [entry for entry in variables.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.path[:] = [cwd, *added, *sys.path[1:]]
    if Path(cwd) != PROJECT or added:
        for name in [name for name in sys.modules if name.partition(".")[0] in _OWN]:
            del sys.modules[name]
    sys.argv[:] = words
    take_signals()
    multiprocessing.util.spawnv_passfds = _fork_in_place  # type: ignore[assignment]
    if words[:2] in (["pipeline", "run"], ["pipeline", "study"]):
        # Before the command starts a thread: see `_fork_in_place`.
        importlib.import_module("pipeline.runners.local.workers").warm_up()
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def take_signals() -> None:
    """As a new interpreter does. Whoever runs the tests in the background ignores signals, and
    children inherit that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


_spawn = multiprocessing.util.spawnv_passfds


def _fork_in_place(path: bytes, words: Sequence[str], passed: Sequence[int]) -> int:
    """What `multiprocessing` starts as a new interpreter with `-c`, as a fork of this one."""
    if len(os.listdir("/proc/self/task")) > 1:  # a fork would not have what these threads hold
        return _spawn(path, words, passed)
    child = os.fork()
    if child:
        return child
    take_signals()
    kept = sorted({0, 1, 2, *passed})
    for low, high in zip(kept, [*kept[1:], os.sysconf("SC_OPEN_MAX")], strict=True):
        os.closerange(low + 1, high)
    # It never comes back to what called this, which is another process.
    try:
        with contextlib.suppress(SystemExit):
            exec(words[-1], {"__name__": "__main__"})
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    _serve()

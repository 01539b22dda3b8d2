"""Has nodes' work done in processes of their own; this side imports nothing that takes long."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import TYPE_CHECKING

import psutil

from components.errors import UserError
from pipeline.runners.local.slots import Stopped

if TYPE_CHECKING:
    from pipeline.runners.local.worker import Answer, Work

_CONTEXT = multiprocessing.get_context("forkserver")


#: Bytes of memory that a node is taken to need: a training of the built-in experiments takes most.
MEMORY_OF_A_NODE = 2 << 30


def default_jobs() -> int:
    """How many nodes may work at a time: as many as this process has cores, and memory allows."""
    # macOS has no affinities.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, psutil.virtual_memory().available // MEMORY_OF_A_NODE))


class WorkFailed(Exception):
    """A node's work failed for a reason that is not the user's: its text is one line."""


# glibc gives large blocks back to the system as soon as they are free, and TensorFlow asks for such
# blocks at every step: page faults took a quarter of a small CNN's training. A worker keeps them
# until its node ends. (https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html)
_KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(4 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
    "MALLOC_TOP_PAD_": str(64 << 20),
}


def warm_up() -> None:
    """Has the process from which workers fork import what they need; does not wait for it."""
    os.environ.update({**_KEEP_MEMORY, **os.environ})  # read when that process starts
    _CONTEXT.set_forkserver_preload(["pipeline.runners.local.warm"])
    forkserver.ensure_running()


class Workers:
    """Runs work, each in a process of its own."""

    def __init__(self) -> None:
        self._changed = threading.Lock()
        self._running: set[ForkServerProcess] = set()
        self._stopping = False

    def run(self, work: Work) -> bytes:
        """Has work done, and waits for it. What it leaves in its folder for temporary files goes.

        Returns:
          TFX's `ExecutorOutput`, serialized.

        Raises:
          UserError: the user can mend what failed.
          WorkFailed: it failed otherwise, or its process died.
          Stopped: the run ends.
        """
        # Its children may write there for a moment yet.
        own = tempfile.TemporaryDirectory(prefix="pipeline-node-", ignore_cleanup_errors=True)
        with own as folder:
            return self._run(work._replace(environment={**work.environment, "TMPDIR": folder}))

    def _run(self, work: Work) -> bytes:
        from pipeline.runners.local.worker import serve

        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=serve, args=(work, theirs))
        with self._changed:
            if self._stopping:
                raise Stopped
            process.start()
            self._running.add(process)
        theirs.close()
        try:
            answer = self._answer(process, ours)
        finally:
            with self._changed:
                self._running.discard(process)
            ours.close()  # a worker that still lives ends now
            process.join()
            _kill_group(process)  # with what it started, such as a job server of Beam
        if answer.mistake:
            raise UserError(answer.mistake)
        if answer.failure:
            raise WorkFailed(answer.failure)
        return answer.output

    def stop(self) -> None:
        """Ends all processes, and lets no other begin."""
        with self._changed:
            self._stopping = True
            for process in self._running:
                _kill(process)

    def _answer(self, process: ForkServerProcess, ours: Connection) -> Answer:
        try:
            answer: Answer = ours.recv()
            return answer
        except (EOFError, ConnectionError) as error:
            process.join()
            if self._stopping:
                raise Stopped from error
            raise WorkFailed(_in_words(process.exitcode or 0)) from error


def _kill(process: ForkServerProcess) -> None:
    assert process.pid
    if not _kill_group(process):  # it has none yet
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def _kill_group(process: ForkServerProcess) -> bool:
    """Kills a process, if it lives yet, and all that it started; says whether there was any."""
    assert process.pid
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _in_words(exit_code: int) -> str:
    if exit_code == -signal.SIGKILL:
        return "its process was killed: where memory is short, --jobs 1 takes less"
    if exit_code < 0:
        return f"its process was ended by {signal.Signals(-exit_code).name}"
    return f"its process ended with exit code {exit_code}"

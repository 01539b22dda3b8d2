"""Runs a command and measures it with all processes that it starts."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import tempfile
import threading
import time
from typing import NamedTuple

import psutil

# Seconds between two looks at the processes' time, which cost 2 ms each; how many of them it takes
# for one at their memory, which costs 10 ms a gigabyte, of a processor that the command wants, too.
_INTERVAL, _LOOKS = 0.25, 8


class Measured(NamedTuple):
    """A finished command.

    Attributes:
      seconds: wall time.
      cpu_seconds: of all its processes. What a process does after the last look is not in it.
      megabytes: peak memory of all its processes together; what they share counts once. A peak of
        less than two seconds may be missed.
      output: what it printed.
    """

    seconds: float
    cpu_seconds: float
    megabytes: float
    output: str


def measure(command: list[str]) -> Measured:
    """Runs a command; stops this program if it fails."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL)
        watch = _Watch(process.pid)
        process.wait()
        seconds = time.monotonic() - started
        watch.end()
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{text}")
    return Measured(seconds, sum(watch.cpu.values()), watch.peak / 2**20, text)


class _Watch:
    """Looks at a process and its descendants again and again, in a thread.

    Attributes:
      cpu: process → seconds.
      peak: bytes.
    """

    def __init__(self, pid: int):
        self.cpu: dict[psutil.Process, float] = {}
        self.peak = 0
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        for look in itertools.count():
            if self._ended.wait(_INTERVAL):
                return
            memory = 0
            with contextlib.suppress(psutil.Error):
                for process in [self._root, *self._root.children(recursive=True)]:
                    with contextlib.suppress(psutil.Error):  # it has just ended
                        times = process.cpu_times()
                        self.cpu[process] = times.user + times.system
                        if look % _LOOKS == 0:
                            memory += process.memory_full_info().pss
            self.peak = max(self.peak, memory)

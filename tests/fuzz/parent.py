"""Starts the process that reads the inputs, watches it, and starts it again when it ends badly."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.child import PROGRESS

_PROJECT = Path(__file__).resolve().parent.parent.parent
# Where it exists, an input costs no access to a disk.
_MEMORY_DISK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@dataclasses.dataclass
class Result:
    """What a target did.

    Attributes:
      target: its name.
      inputs: how many it read or refused.
      refused: how many of them it refused with a `UserError`.
      seconds: all of it took, on the clock.
      slowest: seconds of the processor that the slowest input took.
      slowest_number: that input's.
      peak: bytes of memory, with those of Python and its modules.
      failures: (number of the input, what happened), for anything else.
    """

    target: str
    inputs: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_number: int = 0
    peak: int = 0
    failures: list[tuple[int, str]] = dataclasses.field(default_factory=list)


def fuzz(
    target: str, *, seed: int = 0, first: int = 0, inputs: int, seconds: float, patience: float = 20
) -> Result:
    """Has a target read inputs, in a process of its own.

    Args:
      target: its name.
      seed: of all inputs.
      first: number of the first input.
      inputs: at most so many.
      seconds: on the clock, at most.
      patience: seconds on the clock after which an input counts as one that hangs.
    """
    result = Result(target)
    began = time.time()
    number, stop, until = first, first + inputs, began + seconds
    while number < stop and time.time() < until and len(result.failures) < 100:
        with tempfile.TemporaryDirectory(prefix="fuzz-", dir=_MEMORY_DISK) as scratch:
            number = _run_child(result, number, stop, until, seed, patience, Path(scratch))
    result.seconds = time.time() - began
    return result


def _run_child(
    result: Result, number: int, stop: int, until: float, seed: int, patience: float, scratch: Path
) -> int:
    """Adds what one process did to the result; returns the number of the input to go on with."""
    (scratch / "progress").write_bytes(PROGRESS.pack(number, 0.0, 0, 0, 0.0, 0, 0))
    arguments = map(str, (result.target, seed, number, stop, until, scratch))
    # No pipe, which would stop a child whose libraries complain a lot when it is full.
    with (
        open(scratch / "errors", "wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.child", *arguments],
            cwd=_PROJECT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"},
            stderr=errors,
        ) as child,
    ):
        ended = _watch(child, patience, scratch)
    at, _, done, refused, slowest, slowest_number, peak = _progress(scratch)
    result.inputs += done
    result.refused += refused
    result.peak = max(result.peak, peak)
    if slowest > result.slowest:
        result.slowest, result.slowest_number = slowest, slowest_number
    if (scratch / "failures").exists():
        for line in (scratch / "failures").read_text().splitlines():
            failed, text = json.loads(line)
            result.failures.append((failed, text))
    if at < 0 and child.returncode == 0:
        return stop
    said = (scratch / "errors").read_text(errors="replace")
    last = (said.strip().splitlines() or [""])[-1]
    result.failures.append((at, ended or f"the process ended with {child.returncode}: {last}"))
    result.inputs += 1
    return at + 1


def _watch(child: subprocess.Popen[bytes], patience: float, scratch: Path) -> str:
    """Waits for the end; kills a process that is too long at one input, and says so."""
    while child.poll() is None:
        time.sleep(0.05)
        _, since, *_ = _progress(scratch)
        if since and time.time() - since > patience:  # 0: it still imports
            child.send_signal(signal.SIGKILL)
            child.wait()
            return f"no answer for {patience:g} s"
    return ""


def _progress(scratch: Path) -> tuple[int, float, int, int, float, int, int]:
    values: tuple[int, float, int, int, float, int, int]
    values = PROGRESS.unpack((scratch / "progress").read_bytes())
    return values

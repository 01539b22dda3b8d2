"""Signals that end a process, taken as Ctrl-C is: what runs writes its state, and tells it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

_ENDING = (signal.SIGTERM, signal.SIGHUP)


class Received:
    """Which signal ended this process.

    Attributes:
      number: of the signal; SIGINT's until another one comes.
    """

    number: int = signal.SIGINT

    @property
    def exit_code(self) -> int:
        """As shells have it: 128 and the signal's number."""
        return 128 + self.number


@contextlib.contextmanager
def as_interrupts() -> Iterator[Received]:
    """While the body runs, SIGTERM and SIGHUP raise KeyboardInterrupt in it.

    Those that come after the first are left alone: ending takes a moment. One that whoever started
    this process ignores, as `nohup` does with SIGHUP, stays ignored.
    """
    received = Received()
    before: dict[signal.Signals, Any] = {}

    def stop(number: int, _: FrameType | None) -> None:
        received.number = number
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    # Python takes signals in its main thread only.
    if threading.current_thread() is threading.main_thread():
        before = {each: signal.getsignal(each) for each in _ENDING}
        before = {each: was for each, was in before.items() if was is not signal.SIG_IGN}
        for each in before:
            signal.signal(each, stop)
    try:
        yield received
    finally:
        for each, was in before.items():
            signal.signal(each, was)

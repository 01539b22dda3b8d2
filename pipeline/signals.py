"""Signals that end a process, taken as Ctrl-C is: what runs writes its state, and tells it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

_Handler = Callable[[int, "FrameType | None"], object]

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Received:
    """Which signal ended this process.

    Attributes:
      came: whether one did.
      number: of the signal; SIGINT's until another one comes.
    """

    came: bool = False
    number: int = signal.SIGINT

    @property
    def exit_code(self) -> int:
        """As shells have it: 128 and the signal's number."""
        return 128 + self.number


@contextlib.contextmanager
def as_interrupts() -> Iterator[Received]:
    """While the body runs, signals that end a process raise KeyboardInterrupt in it.

    Of those that come after the first only Ctrl-C does so again: ending takes a moment. One that
    whoever started this process ignores, as `nohup` does with SIGHUP, stays ignored.
    """
    received = Received()

    def stop(number: int, _: FrameType | None) -> None:
        received.came, received.number = True, number
        for each in taken:
            if each != signal.SIGINT:
                signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    with _handled_by(stop) as taken:
        yield received


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """While the body runs, signals that end a process wait for its end.

    For what others wrote and does not take an exception at any place: it is swallowed there, comes
    out as another one, or leaves locks and threads behind.
    """
    came: list[int] = []
    with _handled_by(lambda number, _: came.append(number)):
        yield
    if came:
        signal.raise_signal(came[0])


@contextlib.contextmanager
def _handled_by(handler: _Handler) -> Iterator[list[int]]:
    """Gives the signals that are handled so; none outside of Python's main thread."""
    before: dict[signal.Signals, Any] = {}
    # Python takes signals in its main thread only.
    if threading.current_thread() is threading.main_thread():
        before = {each: signal.getsignal(each) for each in _ENDING}
        before = {each: was for each, was in before.items() if was is not signal.SIG_IGN}
        for each in before:
            signal.signal(each, handler)
    try:
        yield list(before)
    finally:
        for each, was in before.items():
            signal.signal(each, was)

"""Runs nodes side by side: each as soon as those before it are done, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable


class Schedule:
    """Nodes that run, or wait for others.

    Args:
      stop: called when a node fails: no other is to go on.
    """

    def __init__(self, stop: Callable[[], None]):
        self._stop = stop
        self._ended: dict[str, threading.Event] = {}
        self._errors: list[BaseException] = []

    def submit(self, name: str, before: Iterable[str], node: Callable[[], None]) -> None:
        """Runs a node once others have ended, unless one of all has failed until then.

        Args:
          name: of the node.
          before: names of the others; those that were not submitted do not count.
          node: does its work.
        """
        ended = threading.Event()
        waits = [self._ended[each] for each in before if each in self._ended]

        def run() -> None:
            try:
                for each in waits:
                    each.wait()
                if not self._errors:
                    node()
            except BaseException as error:  # told by `wait`
                self._errors.append(error)
                self._stop()
            finally:
                ended.set()

        self._ended[name] = ended
        threading.Thread(target=run, name=name, daemon=True).start()

    def wait(self) -> None:
        """Waits until all nodes have ended.

        Raises:
          What the first of those that failed did.
        """
        self.settle()
        if self._errors:
            raise self._errors[0]

    def settle(self) -> None:
        """Waits until all nodes have ended, however they did."""
        for ended in self._ended.values():
            ended.wait()

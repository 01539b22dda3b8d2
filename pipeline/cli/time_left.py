"""How long trainings still take, estimated from the epochs that they have done.

Trainings take most of a run, and they alone say how far they are. Of the other nodes nothing is
said, and of trainings nothing before each arm has done two epochs: the first one holds what
TensorFlow prepares.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_LAST = 5  # epochs whose mean counts: others on the machine may have come or gone
_TEN = 10
_MUCH_THE_SAME = 1.25


@dataclass
class Training:
    """A training, as far as its events tell.

    Attributes:
      role: of its arm.
      state: of its node, see `pipeline.cli.board.NodeState`.
      done: epochs.
      epochs: that it will have; 0 while that is not known.
      seconds: of each epoch that this run has done.
      last: when the last epoch ended, seconds since the epoch.
    """

    role: str
    state: str = "waiting"
    done: int = 0
    epochs: int = 0
    seconds: list[float] = field(default_factory=list)
    last: float = 0.0

    def take(self, event: dict[str, Any]) -> None:
        """Takes an epoch's event in."""
        self.done, self.epochs = event["epoch"], event["epochs"]
        self.seconds.append(event["seconds"])
        self.last = event["time"]

    @property
    def an_epoch(self) -> float | None:
        """Seconds of an epoch; None while that is not known."""
        timed = self.seconds[1:][-_LAST:]
        return sum(timed) / len(timed) if timed else None


def training_left(trainings: Sequence[Training], now: float) -> float | None:
    """Seconds until all trainings are done; None where that is not known, or none is left.

    Those that run now share the machine, and those that wait take their places: what is left is
    at least the longest one, and at least the sum divided by how many run at once.

    Args:
      trainings: of a run.
      now: seconds since the epoch.
    """
    running = [training for training in trainings if training.state == "running"]
    left = []
    for training in trainings:
        if training.state == "waiting":
            like = next((t for t in trainings if t.role == training.role and t.an_epoch), None)
            if like is None or like.an_epoch is None:
                return None
            left.append(like.epochs * like.an_epoch)
        elif training.state == "running":
            if training.an_epoch is None:
                return None
            of_epochs = (training.epochs - training.done) * training.an_epoch
            since = min(max(0.0, now - training.last), training.an_epoch)
            left.append(max(0.0, of_epochs - since))
    if not running:
        return None
    return max(*left, sum(left) / len(running))


def about(seconds: float) -> str:
    """A time that is only estimated: "about 40 s", "about 3 min", "about 1 h 20 min"."""
    if seconds < 55:
        return f"about {max(_TEN, math.ceil(seconds / _TEN) * _TEN)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} min"
    tens = round(minutes / _TEN) * _TEN
    return f"about {tens // 60} h {tens % 60} min"


def between(low: float, high: float) -> str:
    """A time that lies between two: "about 3 to 40 min"; one time where they are much the same."""
    if high <= _MUCH_THE_SAME * low:
        return about(high)
    first, last = (about(seconds).split()[1:] for seconds in (low, high))
    alike = len(first) == len(last) == 2 and first[1] == last[1]
    return f"about {first[0] if alike else ' '.join(first)} to {' '.join(last)}"

"""The nodes of a run in a table that fits its terminal, and how far all of it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from components import names
from components.text import in_line, masked
from pipeline.cli.time_left import Training, about, training_left
from pipeline.cli.words import count, duration
from pipeline.report.text import in_terminal

_STYLES = {
    "waiting": "dim",
    "running": "yellow",
    "done": "green",
    "cached": "cyan",
    "failed": "red",
    "stopped": "dim",
}
_FINISHED = ("done", "cached")
_STATE = _SECONDS = 7  # characters
_GAP = "  "
_BESIDE = 3  # lines: the heading, the footer, and the terminal's own last one


@dataclass
class NodeState:
    """One node, as far as its events tell.

    Attributes:
      state: "waiting", "running", "done", "cached", "failed", "stopped".
      started: seconds since the epoch, or None.
      seconds: how long it took, or None while it runs.
      notes: the last epoch's figures, or the error; the same from long to short.
    """

    state: str = "waiting"
    started: float | None = None
    seconds: float | None = None
    notes: Sequence[str] = ()


@dataclass
class Board:
    """The state of all nodes of a run, fed with its events. Shows itself on `rich`'s console."""

    nodes: dict[str, NodeState] = field(default_factory=dict)
    trainings: dict[str, Training] = field(default_factory=dict)
    started: float = field(default_factory=time.time)

    def take(self, event: dict[str, Any]) -> None:
        """Takes one event in."""
        kind = event["kind"]
        if kind == "run":
            self.nodes = {name: NodeState() for name in event["nodes"]}
            self.trainings = {
                name: Training(names.role_of(name))
                for name in self.nodes
                if name.startswith(f"{names.TRAINER}.")
            }
        elif kind == "node":
            self._take_state(event)
        elif kind == "epoch" and event["node"] in self.nodes:
            self.nodes[event["node"]].notes = epoch_notes(event)
            if event["node"] in self.trainings:
                self.trainings[event["node"]].take(event)
        elif kind == "notice":
            self.nodes.setdefault(event["node"], NodeState()).notes = [event["text"]]
        elif kind == "progress" and event["node"] in self.nodes:
            self.nodes[event["node"]].notes = progress_notes(event)

    def _take_state(self, event: dict[str, Any]) -> None:
        name = event["node"]
        node = self.nodes.setdefault(name, NodeState())
        node.state = event["state"]
        if node.state == "running":
            node.started = event["time"]
        else:
            node.seconds = event["seconds"]
        if "error" in event:
            node.notes = [event["error"]]
        if name in self.trainings:
            self.trainings[name].state = node.state

    def lines(self, width: int, height: int, now: float) -> list[Text]:
        """The board as lines.

        Args:
          width: of the terminal, in characters.
          height: of the terminal, in lines; nodes that are done, and then those that wait, make
            room for the others.
          now: seconds since the epoch.
        """
        room = max(12, width // 3)
        short = dict(zip(self.nodes, short_names(list(self.nodes), room), strict=True))
        longest = max(map(cell_len, (*short.values(), "node")))
        heading = _row("node", longest, Text("state"), "seconds", Text())
        rows = []
        for name, node in self._shown(height - _BESIDE):
            if node is None:
                rows.append(Text(name, style="dim"))
                continue
            seconds = node.seconds
            if node.state == "running" and node.started:
                seconds = max(0.0, now - node.started)
            shown = "" if seconds is None else f"{seconds:.1f}"
            left = width - longest - _STATE - _SECONDS - 3 * len(_GAP)
            # Escaped first: what acts on a terminal has no width before.
            note = Text(fit([in_line(masked(note)) for note in node.notes], left))
            state = Text(node.state, style=_STYLES[node.state])
            rows.append(_row(short[name], longest, state, shown, note))
        return [heading, *rows, Text(self.footer(width, now), style="bold")]

    def footer(self, width: int, now: float) -> str:
        """How far all is, how long it took, and how long trainings still take, once that is known.

        Args:
          width: most characters of it.
          now: seconds since the epoch.
        """
        done = sum(node.state in _FINISHED for node in self.nodes.values())
        nodes = f"{done} of {count(len(self.nodes), 'node')}"
        so_far = f"{duration(now - self.started)} so far"
        if done == len(self.nodes):
            return fit([f"{nodes} done in {duration(now - self.started)}", nodes], width)
        left = training_left(list(self.trainings.values()), now)
        if left is None:
            return fit([f"{nodes} done, {so_far}", nodes], width)
        training = f"{about(left)} of training left"
        return fit([f"{nodes} done, {so_far}, {training}", f"{nodes}, {training}", training], width)

    def _shown(self, most: int) -> list[tuple[str, NodeState | None]]:
        """The nodes that there is room for; in place of others their number, with None."""
        rows: list[tuple[str, NodeState | None]] = list(self.nodes.items())
        for states, words in ((_FINISHED, "done"), (("waiting",), "waiting")):
            beyond = len(rows) - max(most, 1)
            some = [row for row in rows if row[1] is not None and row[1].state in states]
            if beyond <= 0 or len(some) < 2:
                continue
            hidden = some[: beyond + 1] if words == "done" else some[-(beyond + 1) :]
            place = rows.index(hidden[0])
            rows = [row for row in rows if row not in hidden]
            rows.insert(place, (f"… {count(len(hidden), 'node')} {words}", None))
        return rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, for the console's size at that moment."""
        yield from self.lines(options.max_width, options.size.height, time.time())


def short_names(nodes: Sequence[str], room: int) -> list[str]:
    """Names of nodes in at most `room` characters, all of them different.

    What is cut is in the middle: what follows the first point tells arms and seeds apart.
    """
    most = room
    while True:
        short = [_short(name, most) for name in nodes]
        if len(set(short)) == len(set(nodes)):
            return short
        most += 1


def _short(name: str, room: int) -> str:
    if len(name) <= room:
        return name
    tail = name.partition(".")[2] or name[-(room // 2) :]
    if len(tail) > room - 3:
        tail = tail[-(room - 3) :]
    return f"{name[: room - len(tail) - 1]}…{tail}"


def fit(texts: Sequence[str], room: int) -> str:
    """The first of several texts that has room; else the last one, cut between two words."""
    for text in texts:
        if cell_len(text) <= room:
            return text
    kept = ""
    for word in texts[-1].split() if texts else ():
        longer = f"{kept} {word}".strip()
        if cell_len(longer) > room - 2:
            break
        kept = longer
    return f"{kept} …" if kept else ""


def epoch_line(event: dict[str, Any]) -> str:
    """An epoch in one line."""
    return epoch_notes(event)[0]


def epoch_notes(event: dict[str, Any]) -> list[str]:
    """An epoch, in a long line and in shorter ones."""
    epoch = f"epoch {event['epoch']}/{event['epochs']}"
    on_eval = f"on eval {event['eval_accuracy']:.4f}"
    both = f"{epoch}  accuracy {event['accuracy']:.4f}, {on_eval}"
    return [f"{both}  ({event['seconds']:.1f} s)", both, f"{epoch}  {on_eval}", epoch]


def progress_notes(event: dict[str, Any]) -> list[str]:
    """How far a node is, in a long line and in a shorter one."""
    done = f"{event['done']:,} of {event['total']:,}"
    return [f"{event['what']}: {done}", done]


def event_line(event: dict[str, Any]) -> str | None:
    """An event in one line, for logs; None for those that need none."""
    if event["kind"] == "notice":
        return f"{event['node']:<18} {event['text']}"
    if event["kind"] == "epoch":
        return f"{event['node']:<18} {epoch_line(event)}"
    if event["kind"] == "node":
        if event["state"] == "running":
            return f"{event['node']:<18} running"
        return f"{event['node']:<18} {event['state']:<7} {event['seconds']:6.1f} s"
    return None


def _row(name: str, longest: int, state: Text, seconds: str, note: Text) -> Text:
    padded = in_terminal(name)
    padded.pad_right(longest - cell_len(name))
    state.pad_right(_STATE - cell_len(state.plain))
    row = Text(_GAP).join([padded, state, Text(f"{seconds:>{_SECONDS}}"), note])
    row.rstrip()
    return row

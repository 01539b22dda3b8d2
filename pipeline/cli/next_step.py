"""What to do after a run: one line, by what its verdict says."""

from __future__ import annotations

from components.evaluator.significance import NOT_SHOWN
from pipeline.runs.result import Summary

_SEEDS = 5  # from here on more of them narrow the interval slowly: with their square root


def next_step(summary: Summary, before: str | None, root: str) -> str:
    """The line.

    Args:
      summary: of the run.
      before: id of the finished run before it; None where there is none.
      root: what commands need to find the runs: "" or " --root …".
    """
    look = f"`open{root}` shows the report"
    if summary.problems:
        changes = summary.problems[0].settings  # the first one is that which the verdict names
        if not changes:
            return f"next: {look}, and what stands in the way of an answer"
        options = " ".join(f"--set {name}={value}" for name, value in changes.items())
        return f"next: the same command with {options}; {look}"
    seeds = len(summary.seeds)
    if summary.conclusion == NOT_SHOWN and seeds < _SEEDS:
        more = (
            f"the same command with --repeats {_SEEDS} trains more seeds, for a narrower interval"
        )
        return f"next: {more}; {look}"
    if before:
        return f"next: {look}; `compare {before} {summary.run}{root}` sets it beside the run before"
    return f"next: {look}; `predict PICTURE…{root}` asks its candidate"

"""`open_run` is the door for people, in a notebook or a Python prompt.

    run = open_run("runs")  # the last finished run; or open_run("runs", "cnn-regularized")
    print(run)
    run.summary.candidate.test_accuracy  # the run's figures
    run.metrics()  # what TensorFlow Model Analysis measured, a data frame
    run.ancestors("Trainer.candidate", "model")  # what the candidate was made of

Importing this module imports TensorFlow.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from components import names
from components.text import in_line
from pipeline.runs.finished import FinishedRun
from pipeline.runs.folders import RunFolder, find_run
from pipeline.runs.metadata import Traces, read_run, read_traces
from pipeline.runs.result import EXPERIMENT, SUMMARY
from pipeline.runs.untuned import untuned

#: How `OpenRun.metrics` names the slice of all test pictures.
OVERALL = "overall"


@dataclass(frozen=True, kw_only=True)
class OpenRun(FinishedRun):
    """A finished run on this machine; see `open_run`.

    Attributes:
      folder: its files.
    """

    folder: RunFolder

    def __str__(self) -> str:
        lines = [
            f"{self.experiment.name}, run {self.folder.id}",
            f"data: {self.summary.data}",
            "",
            self.summary.headline,
            *self.summary.details,
        ]
        return "\n".join(map(in_line, lines))

    def __repr__(self) -> str:
        return f"<OpenRun {self.folder.id} of {self.experiment.name} in {self.folder.path}>"

    def eval_result(self, role: str) -> Any:
        """A model's `tfma.EvalResult`, for those who want TensorFlow Model Analysis itself.

        Args:
          role: "baseline" or "candidate".
        """
        import tensorflow_model_analysis as tfma  # seconds, and not every user needs it

        evaluation = self.output(names.EVALUATOR, names.OUTPUT_EVALUATION)
        return tfma.load_eval_result(str(evaluation), model_name=role)

    def metrics(self) -> pd.DataFrame:
        """What TensorFlow Model Analysis measured on split `test`.

        Returns:
          One row a number: `model` ("baseline" or "candidate"; of the first seed), `slice`
          ("overall" or a class name), `metric` ("accuracy", "loss", "example_count"; of the
          candidate also their differences from the baseline, "accuracy_diff" and so on), `value`.
        """
        rows = [
            (role, key[0][1] if key else OVERALL, metric, value["doubleValue"])
            for role in names.ROLES
            for key, outputs in self.eval_result(role).slicing_metrics
            for metric, value in outputs[""][""].items()
            if "doubleValue" in value
        ]
        return pd.DataFrame(rows, columns=["model", "slice", "metric", "value"])

    def curves(self) -> pd.DataFrame:
        """How training went: one row a model and epoch, see `components.trainer.fit.Fit`."""
        frames = [
            pd.DataFrame(arm.curves).assign(model=role)
            for role, arm in zip(names.ROLES, self.summary.arms, strict=True)
        ]
        curves = pd.concat(frames, ignore_index=True)
        return curves[["model", "epoch", *curves.columns.drop(["model", "epoch"])]]

    def artifacts(self) -> pd.DataFrame:
        """What the run's nodes left, by ML Metadata, in the order they were made.

        Returns:
          One row an artifact: `artifact` (its id in ML Metadata, the index), `type`, `node`,
          `key` (the node's name for it), `cached` (whether an earlier run's was reused),
          `made_in` (the run that made it), `folder` (below the experiment's folder, which is
          `folder.experiment.path`; `output` gives the whole path).
        """
        return self._frame(sorted(self._traces.outputs))

    def ancestors(self, node: str, key: str) -> pd.DataFrame:
        """What an artifact was made of, back to the data: ML Metadata's lineage.

        Args:
          node: that left it, e.g. "Trainer.candidate".
          key: its name there, e.g. "model".

        Returns:
          The rows of `artifacts` for it and all that it was made of, the artifact itself
          first, and besides `steps` (executions between; 0 for itself) and `used_by` (the nodes
          on the way that took it).

        Raises:
          UserError: there is no such node or output.
        """
        self._check(node, key)
        traces = self._traces
        start = next(a for a, place in traces.outputs.items() if place == (node, key))
        steps, used_by = {start: 0}, defaultdict(set)
        waiting = [start]
        while waiting:
            artifact = waiting.pop(0)
            taker = traces.outputs[artifact][0]
            for taken in sorted(traces.inputs[taker]):
                if taken not in traces.outputs:
                    continue  # taken from outside this run
                used_by[taken].add(taker)
                if taken not in steps:
                    steps[taken] = steps[artifact] + 1
                    waiting.append(taken)
        frame = self._frame(list(steps))
        frame.insert(0, "steps", list(steps.values()))
        frame.insert(5, "used_by", [", ".join(sorted(used_by[artifact])) for artifact in steps])
        return frame

    @cached_property
    def _traces(self) -> Traces:
        return read_traces(self.folder)

    def _frame(self, artifacts: list[int]) -> pd.DataFrame:
        traces, home = self._traces, self.folder.experiment.path
        rows = []
        for artifact in artifacts:
            node, key = traces.outputs[artifact]
            folder = self.nodes[node].outputs[key]
            rows.append(
                {
                    "artifact": artifact,
                    "type": traces.types[artifact],
                    "node": node,
                    "key": key,
                    "cached": self.nodes[node].cached,
                    "made_in": traces.made_in[artifact],
                    "folder": str(
                        folder.relative_to(home) if folder.is_relative_to(home) else folder
                    ),
                }
            )
        return pd.DataFrame(rows).set_index("artifact")


def open_run(root: Path | str, name: str | None = None, *, trust: bool = False) -> OpenRun:
    """Opens a finished run.

    Args:
      root: the folder of all runs, `runs` if `--root` did not say otherwise.
      name: a run's id, or an experiment's name for its last finished run; None for the last
        finished run of all.
      trust: whether code that the run names may run, see `FinishedRun`.

    Raises:
      UserError: there is no such run, it did not finish, or another version made it.
    """
    folder = find_run(Path(root), name)
    summary = folder.read(SUMMARY)  # first, since only finished runs have it
    experiment = folder.read(EXPERIMENT)
    return OpenRun(
        folder=folder,
        summary=summary,
        experiment=experiment,
        nodes=read_run(folder.experiment.metadata, folder.tfx_run),
        untuned=untuned(folder, experiment),
        trust=trust,
    )

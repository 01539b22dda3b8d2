"""A finished run: its figures, and what its nodes left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components import features, names
from components.code import is_own
from components.errors import UserError
from pipeline.runs.result import Summary
from pipeline.settings.experiment import Experiment

if TYPE_CHECKING:  # these import TensorFlow: they are imported where artifacts are read
    from components.evaluator.predictions import Predictions
    from pipeline.runs.metadata import NodeRecord
    from pipeline.runs.pictures import Picture


@dataclass(frozen=True)
class FinishedRun:
    """A finished run, to be looked at. Nothing is changed by looking.

    Attributes:
      experiment: as it was run.
      summary: its figures.
      nodes: what each node left, by its name.
      untuned: figures of the same experiment without tuning; None where that is not known.
      trust: whether code that the run names may run, though it is not of this project: what
        another person's run names is that person's code.
    """

    experiment: Experiment
    summary: Summary
    nodes: Mapping[str, NodeRecord]
    untuned: Summary | None = None
    trust: bool = field(default=False, kw_only=True)

    def output(self, node: str, key: str) -> Path:
        """The folder of what a node left.

        Raises:
          UserError: there is no such node or output, or its folder is gone or damaged.
        """
        self._check(node, key)
        return self.nodes[node].folder(key)

    def predictions(self) -> Predictions:
        """What every trained model said of every test picture; see also `probabilities`."""
        return self._predictions

    def probabilities(self, role: str) -> np.ndarray:
        """What a model (of the first seed) said of the test pictures.

        Args:
          role: "baseline" or "candidate".

        Returns:
          float32 [pictures, classes], the pictures in the order of `predictions`.
        """
        index = names.ROLES.index(role) * self.experiment.repeats
        return self._predictions.probabilities[index]

    def pictures(
        self, example_ids: Iterable[str], split: str = features.TEST
    ) -> dict[str, np.ndarray]:
        """Pictures by their ids: id → uint8 [height, width, channels].

        Raises:
          UserError: the split has no picture of such an id, or only code that is not trusted can
            read it.
        """
        from pipeline.runs.pictures import read_pictures

        self._check_reader()
        ids = [str(example_id) for example_id in example_ids]
        examples = self.output(names.EXAMPLE_GEN, names.OUTPUT_EXAMPLES)
        by_id = read_pictures(examples, split, ids, self.experiment.dataset)
        missing = sorted(set(ids) - set(by_id))
        if missing:
            raise UserError(
                f"split {split} of run {self.summary.run} has no picture {missing[0]!r}"
            )
        return {example_id: by_id[example_id] for example_id in ids}

    def some_pictures(self, split: str = features.TRAIN, of_each_class: int = 1) -> list[Picture]:
        """The first pictures of each class, class by class.

        Raises:
          UserError: only code that is not trusted can read them.
        """
        from pipeline.runs.pictures import first_of_each_class

        self._check_reader()
        examples = self.output(names.EXAMPLE_GEN, names.OUTPUT_EXAMPLES)
        return first_of_each_class(examples, split, of_each_class, self.experiment.dataset)

    @cached_property
    def _predictions(self) -> Predictions:
        from components.evaluator.predictions import Predictions
        from components.evaluator.significance_node import PREDICTIONS_FILE

        folder = self.output(names.SIGNIFICANCE, names.OUTPUT_SIGNIFICANCE)
        return Predictions.load(folder / PREDICTIONS_FILE)

    def _check_reader(self) -> None:
        reader = self.experiment.dataset.reader
        if not self.trust and not is_own(reader):
            raise UserError(
                f"run {self.summary.run} reads its pictures by {reader}, which is no part of this "
                "project, and looking at a run runs nobody's code: if you trust this run, say "
                "report --trust, or open_run(…, trust=True)"
            )

    def _check(self, node: str, key: str) -> None:
        if node not in self.nodes:
            raise UserError(f"run {self.summary.run} has no node {node!r}: {', '.join(self.nodes)}")
        outputs = self.nodes[node].outputs
        if key not in outputs:
            raise UserError(f"{node} left no {key!r}: {', '.join(outputs)}")

"""What the models' predictions show beyond their accuracy: figures, plots and pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from components import features, names
from components.evaluator.corruptions import CORRUPTIONS, SEVERITIES, corrupt
from components.evaluator.measures import (
    Calibration,
    calibration,
    confusion,
    most_changed,
    precision_recall,
)
from components.evaluator.predictions import Predictions
from components.evaluator.significance_node import PREDICTIONS_FILE
from pipeline.report import plots
from pipeline.report.grid import Row, draw_grid, in_rows
from pipeline.report.plots import Plot
from pipeline.report.summary import Summary
from pipeline.runs.lineage import NodeRecord, read_pictures
from pipeline.settings.experiment import Experiment

_CHANGED = 12


@dataclass(frozen=True)
class ArmEvidence:
    """What one arm's predictions show; of the first seed.

    Attributes:
      confusion: [true class][predicted class] → pictures.
      precision: of each class; None where no picture was taken for it.
      recall: of each class; None where no picture is of it.
      calibration: see `components.evaluator.measures.Calibration`.
    """

    confusion: list[list[int]]
    precision: list[float | None]
    recall: list[float | None]
    calibration: Calibration


class Changed(NamedTuple):
    """A test picture, and what both models make of it.

    Attributes:
      name: its id.
      is_of: its class.
      baseline: the class that the baseline takes it for.
      candidate: likewise the candidate.
      probabilities: what both give its true class.
      png: the picture as a PNG file.
    """

    name: str
    is_of: str
    baseline: str
    candidate: str
    probabilities: tuple[float, float]
    png: bytes


@dataclass(frozen=True)
class Evidence:
    """Both arms' evidence, plots by section, and pictures.

    Attributes:
      baseline: see `ArmEvidence`.
      candidate: likewise.
      plots: "curves", "confusion", "calibration", "robustness" → plots.
      changed: "gained" and "lost" → the pictures whose true class gained or lost most
        probability by the candidate.
      grids: name → PNG file with pictures: "gained", "lost" and, where the run looked at
        them, "corruptions".
    """

    baseline: ArmEvidence
    candidate: ArmEvidence
    plots: Mapping[str, Sequence[Plot]]
    changed: Mapping[str, Sequence[Changed]]
    grids: Mapping[str, bytes]


def gather(nodes: Mapping[str, NodeRecord], experiment: Experiment, summary: Summary) -> Evidence:
    """Reads a finished run's predictions and test pictures.

    Args:
      nodes: what each node left.
      experiment: as it was run.
      summary: of the run.
    """
    folder = nodes[names.SIGNIFICANCE].outputs[names.OUTPUT_SIGNIFICANCE]
    predictions = Predictions.load(folder / PREDICTIONS_FILE)
    both = (predictions.probabilities[0], predictions.probabilities[experiment.repeats])
    labels, classes = predictions.labels, experiment.dataset.class_names
    arms = [_arm(labels, probabilities) for probabilities in both]
    titles = [summary.baseline.title, summary.candidate.title]
    chosen = dict(zip(("gained", "lost"), most_changed(labels, *both, _CHANGED), strict=True))
    an_example = str(predictions.example_ids[0])
    ids = [str(predictions.example_ids[index]) for some in chosen.values() for index in some]
    pictures = read_pictures(
        nodes[names.EXAMPLE_GEN].outputs[names.OUTPUT_EXAMPLES],
        features.TEST,
        [an_example, *ids],
        experiment.dataset,
    )
    changed = {
        kind: [
            Changed(
                name=(name := str(predictions.example_ids[index])),
                is_of=classes[labels[index]],
                baseline=classes[both[0][index].argmax()],
                candidate=classes[both[1][index].argmax()],
                probabilities=(
                    float(both[0][index, labels[index]]),
                    float(both[1][index, labels[index]]),
                ),
                png=_png(pictures[name]),
            )
            for index in some
        ]
        for kind, some in chosen.items()
        if some
    }
    grids = {
        kind: _changed_grid(f"true class {kind} most probability", some, pictures)
        for kind, some in changed.items()
    }
    figures = {
        "curves": plots.curves(titles, [summary.baseline.curves, summary.candidate.curves]),
        "confusion": plots.confusion(titles, [np.array(arm.confusion) for arm in arms], classes),
        "calibration": [plots.calibration(titles, [arm.calibration for arm in arms])],
    }
    if summary.robustness:
        figures["robustness"] = plots.robustness(titles, summary.robustness)
        grids["corruptions"] = _corruptions_grid(an_example, pictures[an_example])
    return Evidence(arms[0], arms[1], figures, changed, grids)


def _arm(labels: np.ndarray, probabilities: np.ndarray) -> ArmEvidence:
    matrix = confusion(labels, probabilities)
    precision, recall = (
        [None if np.isnan(value) else float(value) for value in values]
        for values in precision_recall(matrix)
    )
    return ArmEvidence(matrix.tolist(), precision, recall, calibration(labels, probabilities))


def _changed_grid(
    title: str, changed: Sequence[Changed], pictures: Mapping[str, np.ndarray]
) -> bytes:
    cells = [
        (
            "{}\n{:.2f} → {:.2f}".format(one.is_of[:12], *one.probabilities),
            pictures[one.name],
        )
        for one in changed
    ]
    return draw_grid(title, in_rows(cells))


def _corruptions_grid(name: str, picture: np.ndarray) -> bytes:
    """One picture, corrupted in every way."""
    rows = []
    for severity in SEVERITIES:
        corrupted = [
            (
                f"{one.name} {one.amounts[severity - 1]:g}",
                corrupt(picture[None], [name], one, severity)[0],
            )
            for one in CORRUPTIONS
        ]
        rows.append(Row(f"severity {severity}", [("as it is", picture), *corrupted]))
    return draw_grid("a test picture, corrupted at the severities 1, 2 and 3", rows)


def _png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(file, "png")
    return file.getvalue()

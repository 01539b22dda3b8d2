"""What the models' predictions show beyond their accuracy: figures, plots and pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from components import features
from components.code import load
from components.evaluator.measures import (
    Calibration,
    calibration,
    confusion,
    most_changed,
    precision_recall,
)
from components.evaluator.predictions import Predictions
from components.evaluator.significance_node import PREDICTIONS_FILE
from components.pictures import decode, fit
from pipeline.experiments import Experiment
from pipeline.lineage import NodeRecord
from pipeline.report.grid import Row, draw_grid

_CHANGED, _IN_A_ROW = 12, 6


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


@dataclass(frozen=True)
class Evidence:
    """Both arms' evidence, and PNG files: plots, and pictures that changed most."""

    baseline: ArmEvidence
    candidate: ArmEvidence
    plots: Mapping[str, bytes]


def gather(nodes: Mapping[str, NodeRecord], experiment: Experiment) -> Evidence:
    """Reads a finished run's predictions and test pictures.

    `plots`: "confusion", "calibration", and, where there are any, "gained" and "lost".
    """
    folder = nodes["Significance"].outputs["significance"]
    predictions = Predictions.load(folder / PREDICTIONS_FILE)
    baseline = predictions.probabilities[0]
    candidate = predictions.probabilities[experiment.repeats]
    labels, names = predictions.labels, experiment.dataset.class_names
    arms = [_arm(labels, probabilities) for probabilities in (baseline, candidate)]
    titles = [experiment.baseline.title, experiment.candidate.title]
    plots = {
        "confusion": _plot_confusion(arms, titles, names),
        "calibration": _plot_calibration(arms, titles),
    }
    gained, lost = most_changed(labels, baseline, candidate, _CHANGED)
    pictures = _pictures(
        nodes["ExampleGen"].outputs["examples"],
        {str(predictions.example_ids[index]) for index in (*gained, *lost)},
        experiment,
    )
    for name, chosen, title in (
        ("gained", gained, "the candidate gives the true class most more"),
        ("lost", lost, "the candidate gives the true class most less"),
    ):
        cells = [
            (
                f"{names[labels[index]][:12]}\n{baseline[index, labels[index]]:.2f} → "
                f"{candidate[index, labels[index]]:.2f}",
                pictures[str(predictions.example_ids[index])],
            )
            for index in chosen
        ]
        if cells:
            starts = range(0, len(cells), _IN_A_ROW)
            rows = [Row("", cells[start : start + _IN_A_ROW]) for start in starts]
            plots[name] = draw_grid(f"{title} probability", rows)
    return Evidence(baseline=arms[0], candidate=arms[1], plots=plots)


def _arm(labels: np.ndarray, probabilities: np.ndarray) -> ArmEvidence:
    matrix = confusion(labels, probabilities)
    precision, recall = (
        [None if np.isnan(value) else float(value) for value in values]
        for values in precision_recall(matrix)
    )
    return ArmEvidence(matrix.tolist(), precision, recall, calibration(labels, probabilities))


def _pictures(examples: Path, wanted: set[str], experiment: Experiment) -> dict[str, np.ndarray]:
    """Test pictures by their ids, uint8 [height, width, channels]."""
    height, width, channels = experiment.dataset.shape
    encoded = load(experiment.dataset.reader).encoded
    files = sorted(str(file) for file in (examples / f"Split-{features.TEST}").iterdir())
    found = {}
    for record in tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator():
        value = tf.train.Example.FromString(record).features.feature
        name = value[features.EXAMPLE_ID].bytes_list.value[0].decode()
        if name in wanted:
            stored = value[features.IMAGE].bytes_list.value[0]
            if encoded:
                found[name] = fit(decode(tf.constant(stored), channels), height, width).numpy()
            else:
                found[name] = np.frombuffer(stored, np.uint8).reshape(height, width, channels)
    return found


def _plot_confusion(arms: list[ArmEvidence], titles: list[str], names: tuple[str, ...]) -> bytes:
    matrices = [np.array(arm.confusion, float) for arm in arms]
    shares = [matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1) for matrix in matrices]
    panels = [*zip(titles, shares, strict=True), ("difference", shares[1] - shares[0])]
    with matplotlib.rc_context({"font.family": "sans-serif", "font.size": 8}):
        figure = Figure(figsize=(13, 4.6), dpi=100, layout="constrained")
        for axes, (title, values) in zip(figure.subplots(1, 3), panels, strict=True):
            difference = title == "difference"
            reach = max(float(np.abs(values).max()), 1e-9) if difference else 1.0
            axes.imshow(
                values,
                cmap="RdBu" if difference else "Blues",
                vmin=-reach if difference else 0,
                vmax=reach,
            )
            for (row, column), value in np.ndenumerate(values):
                if abs(value) >= 0.005:
                    dark = abs(value) > 0.6 * reach
                    text = f"{100 * value:+.0f}" if difference else f"{100 * value:.0f}"
                    colour = "white" if dark else "black"
                    axes.text(column, row, text, ha="center", va="center", color=colour, size=7)
            axes.set_title(title)
            axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
            axes.set_yticks(range(len(names)), names)
            axes.set_xlabel("taken for")
        figure.axes[0].set_ylabel("is")
        return _png(figure)


def _plot_calibration(arms: list[ArmEvidence], titles: list[str]) -> bytes:
    with matplotlib.rc_context({"font.family": "sans-serif", "font.size": 9}):
        figure = Figure(figsize=(5.5, 4.5), dpi=100, layout="constrained")
        axes: Any = figure.subplots()
        axes.plot([0, 1], [0, 1], ":", color="grey", label="confidence = accuracy")
        for arm, title, colour in zip(arms, titles, ("#c2703d", "#2f7fbf"), strict=True):
            found = arm.calibration
            label = f"{title}, error {found.error:.3f}"
            axes.plot(found.confidence, found.accuracy, "o-", color=colour, label=label)
        axes.set_xlabel("confidence")
        axes.set_ylabel("accuracy")
        axes.legend(frameon=False, fontsize="small")
        return _png(figure)


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()

"""A run's result built by hand, and what its report says: for tests that need no run."""

from __future__ import annotations

import dataclasses
import functools
import io
from html.parser import HTMLParser
from typing import Any

import numpy as np
from PIL import Image

from components.evaluator.changes import Change, changes_of_predictions
from components.evaluator.corruptions import CORRUPTIONS
from components.evaluator.learned import Learning, examine
from components.evaluator.measures import calibration
from components.evaluator.robustness import Robustness, summarize
from components.evaluator.significance import Significance, compare
from components.ingestion.leaks import Leaks
from components.validation.split_facts import Skew, SplitFacts
from pipeline.experiments import EXPERIMENTS
from pipeline.report import html
from pipeline.report.grid import Row
from pipeline.report.plots import Plot, as_png
from pipeline.report.section import Drawn, Section, all_sections
from pipeline.report.sections.augmentation import AugmentedRows
from pipeline.report.sections.changed_pictures import ChangedPicture
from pipeline.report.sections.layers import Layer, ModelLayers
from pipeline.report.sections.robustness import CorruptedPictures
from pipeline.report.sections.tuning import Search, Trial, Tuned
from pipeline.report.table import Number, Table
from pipeline.runs.finished import FinishedRun
from pipeline.runs.provenance import CodeVersion
from pipeline.runs.result import ArmEvidence, ArmSummary, PictureNote, Summary
from tests.components.evaluator.trainings import a_record

EXPERIMENT = EXPERIMENTS["mlp-batchnorm"]
CLASSES = ["cat", "dog"]
#: What a page must never hold as it is.
SCRIPT = "<script>alert(1)</script>"

_PICTURES = 200


def predicted(right: int) -> np.ndarray:
    """Probabilities, float [200, 2], of a model that gets the first `right` pictures right."""
    of_label = np.where(np.arange(_PICTURES) < right, 0.9, 0.2)
    labels = np.arange(_PICTURES) % 2
    return np.where(np.arange(2) == labels[:, None], of_label[:, None], 1 - of_label[:, None])


def an_arm(title: str, right: int, **changes: Any) -> ArmSummary:
    """An arm that gets so many of 200 test pictures right."""
    labels, probabilities = np.arange(_PICTURES) % 2, predicted(right)
    accuracy = right / _PICTURES
    curve = {"loss": 0.5, "accuracy": 0.75, "eval_loss": 0.6, "eval_accuracy": 0.5}
    values: dict[str, Any] = {
        "title": title,
        "test_accuracy": accuracy,
        "test_loss": 0.4321,
        "train_accuracy": 0.9876,
        "train_loss": 0.1,
        "eval_accuracy": 0.8,
        "eval_loss": 0.3,
        "best_epoch": 2,
        "parameters": 101_770,
        "weights_sha256": "a1b2c3",
        "fit_seconds": 12.3,
        "exported_bytes": 1_250_000,
        "pictures_per_second": 2000.0 if right > 150 else 1000.0,
        "accelerator": {
            **{"devices": "CPU", "mixed_precision": False},
            **{"xla": True, "replicas": 2, "threads": 1},
        },
        "class_accuracy": {"cat": accuracy, "dog": accuracy - 0.1},
        "curves": [{"epoch": epoch, **curve} for epoch in (1, 2, 3)],
        "evidence": ArmEvidence(
            confusion=[[9, 1], [2, 8]],
            precision=[0.818, None],
            recall=[0.9, 0.8],
            calibration=calibration(labels, probabilities),
        ),
    }
    return ArmSummary(**{**values, **changes})


def a_summary(*, seeds: int = 1, robustness: bool = True, **changes: Any) -> Summary:
    """The figures of a run whose baseline got 140 of 200 pictures right, its candidate 180."""
    facts = SplitFacts(600, 290, 310, 72.94, 8.1, (28, 28), (28, 30))
    values: dict[str, Any] = {
        "run": "20260102-030405",
        "experiment": "mlp-batchnorm",
        "question": "Does it pay off?",
        "headline": "Yes, it paid off.",
        "details": ["Conclusion: better.", "The candidate is blessed."],
        "blessed": True,
        "pushed_to": "serving/1",
        "data": "Some pictures in a folder",
        "data_kind": "own",
        "data_sha256": {"train-images": "0123abcd"},
        "pictures": {"train": 600, "eval": 60, "test": 200},
        "picture_notes": [PictureNote("smaller than 32 pixels", True, 5, ["a", "b", "c", "d"])],
        "leaks": Leaks(test_pictures=200),
        "splits": {"train": facts},
        "skews": [Skew("label", "largest difference of a class's share", 0.01, 0.05)],
        "baseline": an_arm("MLP", 140),
        "candidate": an_arm("MLP + BN", 180),
        "learning": [
            a_learning(role, 7 + repeat, right)
            for role, right in (("baseline", 140), ("candidate", 180))
            for repeat in range(seeds)
        ],
        "problems": [],
        "significance": _significance(seeds),
        "robustness": _robustness() if robustness else None,
        "changes": _changes(),
        "serving": {"pictures": 16, "largest_difference": 2e-7},
        "seeds": [7 + repeat for repeat in range(seeds)],
        "draws": [0] * seeds,
        "class_names": CLASSES,
        "class_counts": {"cat": 100, "dog": 100},
        "settings": {
            "augmentation": "photo",
            "gate.equivalence": 0.005,
            "dataset.shape": [28, 28, 1],
            "dataset.fit": "stretch",
            "baseline.model": "models.plain",
            "candidate.model": "models.build",
            "candidate.epochs": 3,
            "candidate.augment": False,
        },
        "code": CodeVersion(
            "f1n6e2", "c0ffee", True, {"python": "3.10"}, {"keras.floatx": "float32"}
        ),
        "artifacts": {"Schema": ["Schema/schema/2"]},
        "nodes": [{"node": "Schema", "state": "done", "seconds": 0.5}],
    }
    return Summary(**{**values, **changes})


def a_learning(role: str, seed: int, right: int, **training: Any) -> Learning:
    """What the checks measure of a model that gets so many of 200 test pictures right."""
    record = a_record(seed=seed, **training)
    return examine(role, record, np.arange(_PICTURES) % 2, predicted(right))


@functools.cache
def _significance(seeds: int) -> Significance:
    labels = np.arange(_PICTURES) % 2
    arms = [predicted(140)] * seeds, [predicted(180)] * seeds
    return compare(labels, *arms, equivalence=0.005)


@functools.cache
def _changes() -> list[Change]:
    labels = np.arange(_PICTURES) % 2
    return changes_of_predictions(labels, predicted(140)[None], predicted(180)[None], CLASSES)


@functools.cache
def _robustness() -> Robustness:
    clean = np.stack([np.arange(_PICTURES) < 140, np.arange(_PICTURES) < 180])
    corrupted = np.broadcast_to(clean[:, :, None, None], (2, _PICTURES, len(CORRUPTIONS), 3))
    return summarize(clean, corrupted)


def with_titles(summary: Summary, title: str) -> Summary:
    """The same figures, both arms called otherwise."""
    baseline, candidate = (dataclasses.replace(arm, title=title) for arm in summary.arms)
    return dataclasses.replace(summary, baseline=baseline, candidate=candidate)


def a_run(summary: Summary) -> FinishedRun:
    """A run with these figures, whose nodes left nothing."""
    return FinishedRun(EXPERIMENT, summary, nodes={})


def figures_of(name: str, text: str, summary: Summary) -> Any:
    """A section's figures, made by hand where they need more than the summary.

    Args:
      name: of the section's file.
      text: how classes, pictures, layers and titles are called.
      summary: of the run.
    """
    pixels = np.zeros([4, 4, 1], np.uint8)
    if name == "changed_pictures":
        picture = ChangedPicture(text, text, text, text, (0.1, 0.9), pixels)
        return {"gained": [picture], "lost": [picture]}
    if name == "robustness":
        assert summary.robustness
        return CorruptedPictures((text, text), summary.robustness, "one", pixels)
    if name == "augmentation":
        return AugmentedRows(text, [Row(text, [(text, pixels)])])
    if name == "layers":
        layer = Layer(text, text, text, 1)
        return {"baseline": ModelLayers([layer], same=False), "candidate": ModelLayers(None, True)}
    if name == "tuning":
        search = Search(text, 2, [Trial(2, 0.9, {text: 0.1, "kind": text})], 0.01)
        return Tuned([search, search], [text])
    return summary


class Page(HTMLParser):
    """A part of the page.

    Attributes:
      tags: the names of its elements, in order.
      headings: the texts of its h2.
      rows: the texts of its tables' cells, row by row.
      alternatives: the texts in place of its pictures.
      text: all its text, blanks as one.
    """

    def __init__(self, html_text: str):
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[str] = []
        self.rows: list[list[str]] = []
        self.alternatives: list[str] = []
        self._inside = ""  # of a heading or a cell
        self._all = ""
        self.feed(str(html_text))  # no Markup, which escapes what it is joined with
        self.text = " ".join(self._all.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "h2":
            self.headings.append("")
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag in ("img", "svg"):
            text = dict(attrs)["alt" if tag == "img" else "aria-label"]
            self.alternatives.append(" ".join(str(text).split()))
        if tag in ("h2", "td", "th"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        self._all += data
        if self._inside == "h2":
            self.headings[-1] += data
        elif self._inside:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())

    def row(self, name: str) -> list[str]:
        """The cells after the first of the row that begins so."""
        return next(cells[1:] for cells in self.rows if cells and cells[0] == name)


def page_of(section: Section[Any], figures: Any, summary: Summary) -> Page:
    """What a section adds to the page."""
    drawn = Drawn(section, figures, section.plots(figures), section.images(figures))
    return Page(html.render_section(summary, drawn))


def of_summary(name: str, summary: Summary) -> Page:
    """What a section, all whose figures are in the summary, adds to the page."""
    section = all_sections()[name]
    return page_of(section, section.compute(a_run(summary)), summary)


def cells_of(table: Table) -> list[list[str]]:
    """The texts of a table's cells, row by row."""
    return [
        [cell.text if isinstance(cell, Number) else str(cell) for cell in row] for row in table.rows
    ]


def check_png(png: bytes) -> None:
    """Fails unless it is a whole PNG file with a white ground."""
    picture = Image.open(io.BytesIO(png))
    picture.load()
    assert (picture.format, picture.mode) == ("PNG", "RGBA")
    assert picture.getpixel((0, 0)) == (255, 255, 255, 255)


def check_plots(plots: Any, names: list[str]) -> None:
    """Fails unless these are the plots, each with a text and as a PNG file."""
    assert [plot.name for plot in plots] == names
    for plot in plots:
        assert isinstance(plot, Plot)
        assert plot.text
        assert plot.numbers.rows
        check_png(as_png(plot))

"""The report's plots: what is in them, and that both forms can be read."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from components.evaluator.corruptions import CORRUPTIONS
from components.evaluator.measures import calibration
from components.evaluator.robustness import summarize
from pipeline.report import plots
from pipeline.report.plots import Plot, as_png, as_svg

TITLES = ["MLP", "MLP + BN"]
RIGHT = np.arange(100) % 10 != 0
PROBABILITIES = np.stack([np.where(RIGHT, 0.9, 0.1), np.where(RIGHT, 0.1, 0.9)], axis=1)


def history(step: float) -> list[dict[str, float]]:
    names = ("loss", "accuracy", "eval_loss", "eval_accuracy")
    return [{"epoch": epoch, **dict.fromkeys(names, step * epoch)} for epoch in (1, 2, 3)]


def corrupted() -> np.ndarray:
    return np.broadcast_to(RIGHT[None, :, None, None], (2, 100, len(CORRUPTIONS), 3))


def drawn(section: str) -> list[Plot]:
    if section == "curves":
        return plots.curves(TITLES, [history(0.1), history(0.2)])
    if section == "confusion":
        matrices = [np.array([[9, 1], [2, 8]]), np.array([[10, 0], [0, 0]])]
        return plots.confusion(TITLES, matrices, ["cat", "dog"])
    if section == "calibration":
        return [plots.calibration(TITLES, [calibration(np.zeros(100, int), PROBABILITIES)] * 2)]
    return plots.robustness(TITLES, summarize(np.stack([RIGHT] * 2), corrupted()))


@pytest.mark.parametrize(
    ("section", "names", "said"),
    [
        (
            "curves",
            ["curves-accuracy", "curves-loss", "curves-gap"],
            ["MLP + BN, eval", "gap: train − eval accuracy"],
        ),
        (
            "confusion",
            ["confusion-baseline", "confusion-candidate", "confusion-difference"],
            ["cat", "taken for", "90", "-20"],
        ),
        ("calibration", ["calibration"], ["MLP, error 0.000"]),
        ("robustness", [f"robustness-{one.name}" for one in CORRUPTIONS], ["blur", "severity"]),
    ],
)
def test_plots_say_what_they_show(section: str, names: list[str], said: list[str]) -> None:
    found = drawn(section)
    assert [plot.name for plot in found] == names
    assert all(plot.text for plot in found)
    texts = [
        element.text
        for plot in found
        for element in ET.fromstring(as_svg(plot)).iter("{http://www.w3.org/2000/svg}text")
    ]
    for expected in said:
        assert expected in texts or expected.replace("-", "\u2212") in texts
    for plot in found:
        picture = Image.open(io.BytesIO(as_png(plot)))
        assert picture.mode == "RGBA"  # with a clear ground
        assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_the_same_figures_give_the_same_file() -> None:
    first, again = drawn("curves")[0], drawn("curves")[0]
    assert as_svg(first) == as_svg(again)
    assert as_png(first) == as_png(again)

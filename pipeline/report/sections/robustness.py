"""What corruptions of the test pictures cost both models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.evaluator.corruptions import CORRUPTIONS, SEVERITIES, Corruption, corrupt
from components.evaluator.robustness import Robustness
from pipeline.report.forest import draw_forest
from pipeline.report.grid import Row, draw_grid
from pipeline.report.picture_file import PictureFile, picture_file
from pipeline.report.plots import Plot
from pipeline.report.section import Section
from pipeline.report.table import Cell, Number, Table, interval, number, signed
from pipeline.runs.finished import FinishedRun


@dataclass(frozen=True)
class CorruptedPictures:
    """What the section shows.

    Attributes:
      titles: of baseline and candidate.
      robustness: both models' accuracies.
      example_id: of the picture that is shown as an example.
      example: that picture, uint8 [height, width, channels].
    """

    titles: tuple[str, str]
    robustness: Robustness
    example_id: str
    example: np.ndarray

    @property
    def corruptions(self) -> Sequence[Corruption]:
        """All that there are."""
        return CORRUPTIONS

    @property
    def severities(self) -> Sequence[int]:
        """Of each corruption."""
        return SEVERITIES


class OnCorruptedPictures(Section[CorruptedPictures]):
    """Accuracy by corruption and severity; of the first seed."""

    order, title = 60, "Corrupted pictures"
    template = """
{% set r = figures.robustness %}
<p>{{ "{:,}".format(r.pictures) }} test pictures, corrupted in
{{ figures.corruptions | length }} ways, each at {{ figures.severities | length }} severities; both
models saw the same ones. As they are: {{ "%.4f" | format(r.clean.baseline_accuracy) }} (baseline)
and {{ "%.4f" | format(r.clean.candidate_accuracy) }} (candidate). Corrupted, on average:
{{ "%.4f" | format(r.corrupted.baseline_accuracy) }} and
{{ "%.4f" | format(r.corrupted.candidate_accuracy) }}, a difference of
{{ signed(100 * r.corrupted.difference.estimate, 2) }} points
({{ interval(r.corrupted.difference, 100, 2) }}).</p>
{{ plots_of(plots) }}
<p class="note">Filled: beyond chance, looked at alone. The accuracies are among the numbers.</p>
<p class="note">Amounts:
{% for corruption in figures.corruptions %}
{{ corruption.name }}, {{ corruption.unit }}{{ "; " if not loop.last }}
{%- endfor %}. After Hendrycks and Dietterich, 2019.</p>
{% for severity, tiles in section.tiles(figures) %}
<h3>A test picture at severity {{ severity }}</h3>
<div class="row small">
{%- for caption, file in tiles %}
<figure class="picture"><img src="{{ file | address }}" alt="A test picture, {{ caption }}, severity
{{ severity }}"><figcaption>{{ caption }}</figcaption></figure>
{%- endfor %}</div>
{% endfor %}
"""

    def compute(self, run: FinishedRun) -> CorruptedPictures | None:
        """The accuracies, and a test picture to show what the corruptions do."""
        robustness = run.summary.robustness
        if robustness is None:
            return None
        example_id = str(run.predictions().example_ids[0])
        return CorruptedPictures(
            titles=(run.summary.baseline.title, run.summary.candidate.title),
            robustness=robustness,
            example_id=example_id,
            example=run.pictures([example_id])[example_id],
        )

    def plots(self, figures: CorruptedPictures) -> Sequence[Plot]:
        """The differences with their intervals."""
        return [draw_robustness(figures.titles, figures.robustness)]

    def tiles(self, figures: CorruptedPictures) -> list[tuple[int, list[tuple[str, PictureFile]]]]:
        """The example at each severity: captions and pictures."""
        return [
            (severity, [(caption, picture_file(pixels)) for caption, pixels in row])
            for severity, row in _examples(figures)
        ]

    def images(self, figures: CorruptedPictures) -> Mapping[str, bytes]:
        """The example, corrupted in every way."""
        rows = [Row(f"severity {severity}", cells) for severity, cells in _examples(figures)]
        title = "a test picture, corrupted at the severities 1, 2 and 3"
        return {"corruptions": draw_grid(title, rows)}


def draw_robustness(titles: Sequence[str], robustness: Robustness) -> Plot:
    """Draws the difference of both models for each corruption and severity, with its interval.

    Args:
      titles: of baseline and candidate.
      robustness: both models' accuracies.
    """
    rows = [
        ("as they are", robustness.clean),
        ("all corrupted", robustness.corrupted),
        *((f"{row.corruption} {row.severity}", row) for row in robustness.rows),
    ]
    text = "difference of the models on corrupted test pictures, by corruption and severity"
    plot = draw_forest("robustness", text, [(label, row.difference) for label, row in rows])
    numbers: list[Sequence[Cell]] = [
        (
            label,
            signed(100 * row.difference.estimate, 2),
            interval(row.difference, 100, 2),
            number(row.baseline_accuracy, 4),
            number(row.candidate_accuracy, 4),
            Number(f"{row.amount:g}", row.amount) if row.severity else "",
        )
        for label, row in rows
    ]
    columns = ("corruption, severity", "points", "95 % interval", *titles, "amount")
    return plot._replace(numbers=Table(text, columns, numbers))


def _examples(figures: CorruptedPictures) -> list[tuple[int, list[tuple[str, np.ndarray]]]]:
    """The example at each severity: captions and pictures, uint8 [height, width, channels]."""
    example = figures.example[None]
    return [
        (
            severity,
            [
                ("as it is", figures.example),
                *(
                    (
                        f"{corruption.name} {corruption.amounts[severity - 1]:g}",
                        corrupt(example, [figures.example_id], corruption, severity)[0],
                    )
                    for corruption in CORRUPTIONS
                ),
            ],
        )
        for severity in SEVERITIES
    ]


SECTION = OnCorruptedPictures()

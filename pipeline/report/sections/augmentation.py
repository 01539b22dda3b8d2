"""What augmentation made of the run's training pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.report.grid import Row, draw_grid
from pipeline.report.picture_file import PictureFile, picture_file
from pipeline.report.section import Section
from pipeline.runs.finished import FinishedRun


class AugmentedRows(NamedTuple):
    """What the section shows.

    Attributes:
      title: which pictures these are.
      rows: a training picture as it is, and as the first epochs showed it.
    """

    title: str
    rows: Sequence[Row]


class AugmentedPictures(Section[AugmentedRows]):
    """Pictures as they are and as the first epochs showed them."""

    order, title = 80, "Augmentation"
    template = """
<p>Some training pictures of this run: as they are, and as its first epochs showed them, under
policy {{ s.settings.augmentation }}. Evaluation and serving only ever see them as they are.</p>
{% for label, tiles in section.tiles(figures) %}
<h3>{{ label }}</h3>
<div class="row small">
{%- for caption, file in tiles %}
<figure class="picture"><img src="{{ file | address }}" alt="A training picture of {{ label }},
{{ caption }}"><figcaption>{{ caption }}</figcaption></figure>
{%- endfor %}</div>
{% endfor %}
"""

    def compute(self, run: FinishedRun) -> AugmentedRows | None:
        """Draws the pictures by the run's own transform graph; None where no arm augments."""
        if not any(arm.augment for arm in run.experiment.arms.values()):
            return None
        from pipeline.report import preview  # imports TensorFlow

        return AugmentedRows(*preview.rows_of_run(run.nodes, run.experiment))

    def tiles(self, figures: AugmentedRows) -> list[tuple[str, list[tuple[str, PictureFile]]]]:
        """Each row's label, and its captions and pictures."""
        return [
            (row.label, [(caption, picture_file(pixels)) for caption, pixels in row.pictures])
            for row in figures.rows
        ]

    def images(self, figures: AugmentedRows) -> Mapping[str, bytes]:
        """The pictures, as one."""
        return {"augmentation": draw_grid(figures.title, figures.rows)}


SECTION = AugmentedPictures()

"""The test pictures on which the candidate differs most from the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from components import names
from components.evaluator.measures import most_changed
from components.text import in_line
from pipeline.report.grid import draw_grid, in_rows
from pipeline.report.picture_file import PictureFile, picture_file
from pipeline.report.section import Section
from pipeline.runs.finished import FinishedRun

_COUNT = 12  # in each direction


@dataclass(frozen=True)
class ChangedPicture:
    """A test picture, and what both models make of it.

    Attributes:
      example_id: its name.
      class_name: its true class.
      baseline: the class that the baseline takes it for.
      candidate: likewise the candidate.
      probabilities: what both give its true class, 0 … 1, the baseline first.
      pixels: uint8 [height, width, channels].
    """

    example_id: str
    class_name: str
    baseline: str
    candidate: str
    probabilities: tuple[float, float]
    pixels: np.ndarray

    @property
    def file(self) -> PictureFile:
        """The picture as the page holds it."""
        return picture_file(self.pixels)


class ChangedMost(Section[Mapping[str, list[ChangedPicture]]]):
    """Figures: "gained" and "lost" → the pictures whose true class gained or lost most."""

    order, title = 70, "Pictures that changed most"
    template = """
{% for kind, better in (("gained", "more"), ("lost", "less")) if kind in figures %}
<p>The candidate gives the true class <strong>{{ better }}</strong> probability than the baseline,
most of all here:</p>
<div class="row">
{%- for picture in figures[kind] %}
<figure class="picture">
<img src="{{ picture.file | address }}" alt="Test picture {{ picture.example_id }}:
{{ picture.class_name }}"><figcaption><strong>{{ picture.class_name }}</strong>
{{ "%.2f" | format(picture.probabilities[0]) }} → {{ "%.2f" | format(picture.probabilities[1]) }}
<br>baseline: {{ picture.baseline }}{{ " ✓" if picture.baseline == picture.class_name }}
<br>candidate: {{ picture.candidate }}{{ " ✓" if picture.candidate == picture.class_name }}
</figcaption></figure>
{%- endfor %}</div>
{% endfor %}
"""

    def compute(self, run: FinishedRun) -> Mapping[str, list[ChangedPicture]]:
        """Finds the pictures; of the first seed."""
        predictions, class_names = run.predictions(), run.experiment.dataset.class_names
        labels, ids = predictions.labels, predictions.example_ids
        baseline, candidate = (run.probabilities(role) for role in names.ROLES)
        gained, lost = most_changed(labels, baseline, candidate, _COUNT)
        pictures = run.pictures([ids[index] for index in (*gained, *lost)])

        def changed(index: int) -> ChangedPicture:
            label, example_id = labels[index], str(ids[index])
            return ChangedPicture(
                example_id=example_id,
                class_name=class_names[label],
                baseline=class_names[baseline[index].argmax()],
                candidate=class_names[candidate[index].argmax()],
                probabilities=(float(baseline[index, label]), float(candidate[index, label])),
                pixels=pictures[example_id],
            )

        both = {"gained": list(map(changed, gained)), "lost": list(map(changed, lost))}
        return {kind: of_kind for kind, of_kind in both.items() if of_kind}

    def images(self, figures: Mapping[str, list[ChangedPicture]]) -> Mapping[str, bytes]:
        """The pictures of each kind in rows."""
        return {
            kind: draw_grid(
                f"true class {kind} most probability",
                in_rows(
                    [
                        (
                            "{}\n{:.2f} → {:.2f}".format(
                                in_line(picture.class_name, 12), *picture.probabilities
                            ),
                            picture.pixels,
                        )
                        for picture in pictures
                    ]
                ),
            )
            for kind, pictures in figures.items()
        }

    def notebook(self, figures: Mapping[str, list[ChangedPicture]]) -> list[Any]:
        """The pictures of each kind in rows."""
        from IPython.display import Image as Shown

        return [Shown(png) for png in self.images(figures).values()]


SECTION = ChangedMost()

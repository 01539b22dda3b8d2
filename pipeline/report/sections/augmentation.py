"""What augmentation made of the run's training pictures."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.report.section import Section
from pipeline.runs.finished import FinishedRun


class AugmentedPictures(Section[bytes]):
    """Figures: a PNG file, pictures as they are and as the first epochs showed them."""

    order, title = 80, "Augmentation"
    template = """
<figure class="scroll wide"><img src="{{ images.augmentation | png }}" alt="Training pictures as
they are, and as the first epochs showed them after augmentation by the policy
{{ s.settings.augmentation }}.">
<figcaption>Some training pictures of this run: as they are, and as its first epochs showed them.
Evaluation and serving only ever see them as they are.</figcaption></figure>
"""

    def compute(self, run: FinishedRun) -> bytes | None:
        """Draws the pictures by the run's own transform graph; None where no arm augments."""
        if not any(arm.augment for arm in run.experiment.arms.values()):
            return None
        from pipeline.report import preview  # imports TensorFlow

        return preview.of_run(run.nodes, run.experiment)

    def images(self, figures: bytes) -> Mapping[str, bytes]:
        """The pictures."""
        return {"augmentation": figures}


SECTION = AugmentedPictures()

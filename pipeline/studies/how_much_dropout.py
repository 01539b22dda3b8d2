"""How much Dropout helps the CNN? Dose and response.

    python -m pipeline study how-much-dropout --data FOLDER

Five shares of left-out units, three seeds each, against the same network without Dropout, which is
trained once for all. After `which-part-helps` two of the six networks are in the cache.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.settings.study import Study, Varied
from pipeline.studies.which_part_helps import PARTS

STUDY = Study(
    name="how-much-dropout",
    question="How much Dropout pays?",
    experiment=replace(PARTS, candidate=replace(PARTS.candidate, title="CNN + Dropout")),
    varied=(
        Varied(
            settings=("candidate.arguments.dropout",),
            values=("0.1", "0.3", "0.5", "0.7", "0.9"),
            title="Dropout",
        ),
    ),
)

"""How much Dropout helps the CNN? Dose and response.

    python -m pipeline study how-much-dropout --data FOLDER

Five shares of left-out units, three seeds each, against the same network without Dropout, which is
trained once for all.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.experiments.cnn_regularized import EXPERIMENT
from pipeline.settings.study import Study, Varied
from pipeline.studies.which_part_helps import CNN

STUDY = Study(
    name="how-much-dropout",
    question="How much Dropout pays?",
    experiment=replace(
        EXPERIMENT,
        name="cnn-dropout",
        repeats=3,
        robustness_pictures=0,
        baseline=CNN,
        candidate=replace(CNN, title="CNN + Dropout"),
    ),
    varied=(
        Varied(
            settings=("candidate.arguments.dropout",),
            values=("0.1", "0.3", "0.5", "0.7", "0.9"),
            title="Dropout",
        ),
    ),
)

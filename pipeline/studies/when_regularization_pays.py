"""From how many photographs on do Batch Normalization and Dropout improve a CNN?

    python -m pipeline study when-regularization-pays --data FOLDER

Five sizes, 50 to 465 photographs of each class, three draws. Each of the 30 trainings takes two to
ten minutes on two cores.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.experiments.cnn_regularized import EXPERIMENT
from pipeline.settings.study import Study, Varied

#: What the subset of Dogs vs. Cats has enough of.
PHOTOGRAPHS = Varied(
    settings=("dataset.data_subset",),
    values=("50", "100", "200", "300", "465"),
    title="photographs of each class",
)

STUDY = Study(
    name="when-regularization-pays",
    question="From how many photographs on do Batch Normalization and Dropout pay?",
    experiment=replace(EXPERIMENT, repeats=3, redraw=True, robustness_pictures=0),
    varied=(PHOTOGRAPHS,),
)

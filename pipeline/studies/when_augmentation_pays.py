"""From how many photographs on does augmentation improve a regularized CNN?

    python -m pipeline study when-augmentation-pays --data FOLDER

Five sizes, 50 to 465 photographs of each class, three draws.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.experiments.cnn_augmentation import EXPERIMENT
from pipeline.settings.study import Study
from pipeline.studies.when_regularization_pays import PHOTOGRAPHS, of_few_photographs

STUDY = Study(
    name="when-augmentation-pays",
    question="From how many photographs on does augmentation pay?",
    experiment=replace(of_few_photographs(EXPERIMENT), redraw=True),
    varied=(PHOTOGRAPHS,),
)

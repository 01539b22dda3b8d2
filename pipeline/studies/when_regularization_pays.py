"""From how many photographs on do Batch Normalization and Dropout improve a CNN?

    python -m pipeline study when-regularization-pays --data FOLDER

Five sizes, 50 to 465 photographs of each class, three draws; a quarter of an hour on two cores.
Photographs of 32 × 32 pixels, 300 epochs and a learning rate that falls to zero: after the
experiment's own 60 epochs the CNN has not finished learning from so few, and no point could be
judged.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.experiments.cnn_regularized import EXPERIMENT
from pipeline.settings.experiment import AnyArm, Experiment
from pipeline.settings.study import Study, Varied

#: What the subset of Dogs vs. Cats has enough of.
PHOTOGRAPHS = Varied(
    settings=("dataset.data_subset",),
    values=("50", "100", "200", "300", "465"),
    title="photographs of each class",
)


def of_few_photographs(experiment: Experiment) -> Experiment:
    """The experiment with both arms trained to the end on few small photographs, three times."""
    return replace(
        experiment,
        dataset=replace(experiment.dataset, shape=(32, 32, 3)),
        repeats=3,
        robustness_pictures=0,
        baseline=_long(experiment.baseline),
        candidate=_long(experiment.candidate),
    )


def _long(arm: AnyArm) -> AnyArm:
    return replace(arm, epochs=300, optimizer=replace(arm.optimizer, schedule="cosine"))


STUDY = Study(
    name="when-regularization-pays",
    question="From how many photographs on do Batch Normalization and Dropout pay?",
    experiment=replace(of_few_photographs(EXPERIMENT), redraw=True),
    varied=(PHOTOGRAPHS,),
)

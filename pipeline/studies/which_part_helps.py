"""Which part of the regularization helps the CNN: Batch Normalization, Dropout, or both together?

    python -m pipeline study which-part-helps --data FOLDER

The 2 × 2 of the two parts: four networks of the exercises' layers, three seeds each. The one with
neither is the baseline, and is trained once for all.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.experiments.cnn_regularized import EXPERIMENT, REG_CNN
from pipeline.settings.study import FACTORIAL, Study, Varied
from pipeline.studies.when_regularization_pays import of_few_photographs

#: The exercises' CNN with its parts to be switched; none of them is in place.
CNN = replace(REG_CNN, title="CNN", model="components.trainer.models.switches.cnn")

#: Both arms the same network, until a study puts parts into the candidate.
PARTS = of_few_photographs(
    replace(
        EXPERIMENT,
        name="cnn-parts",
        baseline=CNN,
        candidate=replace(CNN, title="CNN with the parts"),
    )
)

STUDY = Study(
    name="which-part-helps",
    question="Which part of the regularization helps: Batch Normalization, Dropout, or both?",
    experiment=PARTS,
    varied=(
        Varied(
            settings=("candidate.arguments.batch_normalization",),
            values=("false", "true"),
            title="Batch Normalization",
        ),
        Varied(
            settings=("candidate.arguments.dropout",),
            values=("0", "0.5"),
            title="Dropout",
        ),
    ),
    design=FACTORIAL,
)

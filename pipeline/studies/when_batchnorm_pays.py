"""From how many training pictures on does Batch Normalization improve a multilayer perceptron?

    python -m pipeline study when-batchnorm-pays

Seven numbers of Fashion-MNIST's training pictures, 500 to 60,000, three seeds each, every seed with
pictures of its own. The test pictures are the same 10,000 for all. With 16 pictures a step and 20
epochs even 500 pictures make more than 500 steps, which Batch Normalization's averages need to
settle.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.experiments.mlp_batchnorm import EXPERIMENT
from pipeline.settings.study import Study, Varied

STUDY = Study(
    name="when-batchnorm-pays",
    question="From how many training pictures on does Batch Normalization pay?",
    experiment=replace(
        EXPERIMENT,
        repeats=3,
        redraw=True,
        robustness_pictures=0,
        baseline=replace(EXPERIMENT.baseline, batch_size=16, epochs=20),
        candidate=replace(EXPERIMENT.candidate, batch_size=16, epochs=20),
    ),
    varied=(
        Varied(
            settings=("dataset.train_limit",),
            values=("500", "1000", "2500", "5000", "10000", "25000", "60000"),
            title="training pictures",
        ),
    ),
)

"""From how many pictures on is a CNN from scratch as good as a frozen ResNet-50 on CIFAR-10?

    python -m pipeline study when-transfer-pays

ResNet-50 looks at each picture once, for all points together a few minutes on two cores for every
thousand. It needs ImageNet's weights, see `docs/transfer.md`.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.experiments.resnet50_transfer import EXPERIMENT
from pipeline.settings.study import Study, Varied

STUDY = Study(
    name="when-transfer-pays",
    question="Up to how many training pictures does transfer learning pay?",
    experiment=replace(EXPERIMENT, repeats=3, robustness_pictures=0),
    varied=(
        Varied(
            settings=("dataset.train_limit",),
            values=("200", "500", "1000", "2000", "5000"),
            title="training pictures",
        ),
    ),
)

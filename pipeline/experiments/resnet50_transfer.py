"""Is a frozen ResNet-50 from ImageNet better than a CNN trained from scratch?

    python -m pipeline run resnet50-transfer

About five minutes on two cores, for a part of CIFAR-10: some 15 pictures a second go through
ResNet-50. On a GPU all of it is used, see `with_gpu`. No expected figures: it was never run with
ImageNet's weights.
"""

from __future__ import annotations

from pipeline.datasets.data_set import data_set
from pipeline.settings.experiment import Arm, Experiment, Gate, TransferArm

EXPERIMENT = Experiment(
    name="resnet50-transfer",
    question="Is a frozen ResNet-50 from ImageNet better than a CNN trained from scratch?",
    dataset=data_set("cifar-10", train_limit=2000, test_limit=1000),
    baseline=Arm(
        title="CNN from scratch",
        model="components.trainer.models.cnn.build_cnn_model",
        epochs=20,
    ),
    candidate=TransferArm(
        title="Frozen ResNet-50",
        model="components.trainer.models.resnet50_transfer.build_resnet50_transfer",
        loss="categorical_crossentropy",
    ),
    gate=Gate(min_accuracy=0.3),
    augmentation="photo",
    robustness_pictures=100,
    with_gpu=(
        *("dataset.train_limit=0", "dataset.test_limit=0", "robustness_pictures=2000"),
        *("baseline.epochs=40", "candidate.epochs=30"),
    ),
)

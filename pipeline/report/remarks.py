"""What limits a run's answer by its settings and its data, in words."""

from __future__ import annotations

from components.ingestion.leaks import Leaks
from pipeline.datasets.weights import NO_WEIGHTS, weights_source
from pipeline.settings.experiment import Experiment, TransferArm


def remarks(experiment: Experiment, train_pictures: int, leaks: Leaks) -> list[str]:
    """What limits a run's answer by its settings and its data, a sentence each.

    Args:
      experiment: as it was run.
      train_pictures: how many training pictures there are, those for a drawn test set with them.
      leaks: what stands in the data more than once.
    """
    dataset, sentences = experiment.dataset, []
    limits = [
        f"at most {limit:,} {what}"
        for limit, what in (
            (dataset.train_limit, "training pictures"),
            (dataset.test_limit, "test pictures"),
            (dataset.data_subset, "training pictures of each class"),
        )
        if limit
    ]
    if limits:
        sentences.append(f"Only a part of the data was used: {' and '.join(limits)}.")
    for arm in experiment.arms.values():
        if isinstance(arm, TransferArm) and not weights_source(arm.backbone_weights):
            weights = arm.backbone_weights
            which = "random ones" if weights == NO_WEIGHTS else f"those in {weights}"
            sentences.append(
                f"The backbone of {arm.title} has other weights than ImageNet's ({which}): its "
                "accuracy says nothing about transfer from ImageNet."
            )
    if base := experiment.base_model:
        sentences.append(
            f"Neither model started from fresh weights: both continued from run {base}, each from "
            "the same arm's, so what is measured is both trainings together. Whether that run was "
            "trained on any of these test pictures was not looked for."
        )
    if trials := experiment.tuning.trials:
        sentences.append(
            f"Each model was tuned with {trials} trials, the best of them on split eval, before it "
            "was trained."
        )
    return [*sentences, *draw_remarks(experiment, train_pictures), *leaks.sentences()]


def draw_remarks(experiment: Experiment, train_pictures: int) -> list[str]:
    """What draws other than the first mean, a sentence.

    Args:
      experiment: as it was run.
      train_pictures: how many training pictures there are, those for a drawn test set with them.
    """
    dataset = experiment.dataset
    part = 0 < dataset.train_limit < train_pictures or dataset.data_subset
    if experiment.redraw:
        if part:
            return ["Each repeat was trained on a draw of its own from the training pictures."]
        return [
            "Every training picture is used, so the repeats' draws differ only in which of them "
            "are held out as eval: --redraw says little more here than --repeats."
        ]
    draw = dataset.draw_of_training
    if not draw:
        return []
    few = part or (dataset.test_fraction and dataset.draw)
    but = "" if few else ", which uses every training picture: only split eval differs"
    return [f"The pictures are those of draw {draw}{but}."]

"""The finished run whose models a run goes on from, and whether they fit.

Nothing of that run is executed, and no module that its files name is imported: architectures are
compared by the settings, and by the numbers in its checkpoints, which are read into models that
this run's own experiment builds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from components import names
from components.errors import UserError
from components.learning_record import LearningRecord
from components.trainer.base_model import BaseModelSettings, content_of, take_over
from components.transform.policies import find_policy, output_shape
from pipeline.arm_models import build_arm
from pipeline.runs.folders import RunFolder, find_run
from pipeline.runs.metadata import read_run
from pipeline.runs.result import EXPERIMENT, SUMMARY
from pipeline.settings.experiment import AnyArm, Experiment, TransferArm


def base_models(root: Path, experiment: Experiment) -> dict[str, BaseModelSettings]:
    """What each Trainer of an experiment goes on from, by its node; empty where none does.

    A training goes on from that of the same seed, or where there is none from that of the run's
    first seed.

    Args:
      root: folder of all runs.
      experiment: whose `base_model` names the run.

    Raises:
      UserError: there is no such finished run, or its models are gone or damaged.
    """
    if not experiment.base_model:
        return {}
    run = find_run(root, experiment.base_model)
    run.read(SUMMARY)  # that an unfinished run has none is told in its own words
    before = run.read(EXPERIMENT)
    nodes = read_run(run.experiment.metadata, run.tfx_run)
    bases = {}
    for role in names.ROLES:
        for repeat, seed in enumerate(experiment.seeds):
            same = before.seeds.index(seed) if seed in before.seeds else 0
            node = names.trainer(role, same)
            if node not in nodes:
                raise UserError(f"run {run.id} has no {node}, so nothing can go on from it")
            folder = nodes[node].folder(names.OUTPUT_MODEL)
            bases[names.trainer(role, repeat)] = BaseModelSettings(
                run=run.id,
                experiment=before.name,
                node=node,
                seed=before.seeds[same],
                steps=LearningRecord.read(nodes[node].folder(names.OUTPUT_MODEL_RUN)).steps,
                folder=str(folder),
                sha256=content_of(folder),
            )
    return bases


def check_bases(root: Path, experiment: Experiment) -> list[str]:
    """Whether both arms fit the models that they are to go on from; what to say of it.

    Args:
      root: folder of all runs.
      experiment: whose `base_model` names the run.

    Raises:
      UserError: they do not, or see `base_models`; one line that says what differs.
    """
    run = find_run(root, experiment.base_model)
    bases = base_models(root, experiment)
    differing = list(_differing(run.read(EXPERIMENT), experiment))
    if differing:
        raise UserError(
            f"cannot go on from run {run.id}: {'; '.join(differing)}. Models and what they take "
            "must be the same"
        )
    from tfx.utils import path_utils  # seconds

    shape = _input_shape(experiment)
    for node, base in bases.items():
        role = names.role_of(node)
        try:
            take_over(
                build_arm(experiment, role, shape), path_utils.serving_model_path(base.folder)
            )
        except UserError as error:
            raise UserError(f"{node} cannot go on from run {run.id}: {error}") from error
    return _sentences(run, experiment, bases)


def _differing(before: Experiment, now: Experiment) -> Iterator[str]:
    """What of two experiments' models differs, or of what these take and answer, in words."""
    for setting in ("class_names", "shape"):
        there, here = getattr(before.dataset, setting), getattr(now.dataset, setting)
        if there != here:
            yield f"dataset.{setting} is {_shown(here)} here, and was {_shown(there)}"
    foreign = "." in before.augmentation and before.augmentation != now.augmentation
    if foreign and _augments(before):
        yield f"its augmentation {before.augmentation} may change the size of pictures"
    elif before.dataset.shape == now.dataset.shape and _input_shape(before) != _input_shape(now):
        yield (
            f"augmentation makes pictures of {_shown(_input_shape(now))} here, and made them of "
            f"{_shown(_input_shape(before))}"
        )
    for role, arm in now.arms.items():
        for setting, (there, here) in _of_arms(before.arms[role], arm).items():
            if there != here:
                yield f"{role}.{setting} is {_shown(here)} here, and was {_shown(there)}"
        yield from _of_backbone(role, before.arms[role], arm)


def _of_arms(before: AnyArm, now: AnyArm) -> dict[str, tuple[object, object]]:
    of_models = [(arm.model, dict(arm.arguments)) for arm in (before, now)]
    (there, there_arguments), (here, here_arguments) = of_models
    pairs: dict[str, tuple[object, object]] = {
        "type": (before.type, now.type),
        "model": (there, here),
    }
    for name in sorted({*there_arguments, *here_arguments}):
        pairs[f"arguments.{name}"] = (there_arguments.get(name), here_arguments.get(name))
    if isinstance(before, TransferArm) and isinstance(now, TransferArm):
        for name in ("upsampling", "backbone_weights"):
            pairs[name] = (getattr(before, name), getattr(now, name))
    return pairs


def _of_backbone(role: str, before: AnyArm, now: AnyArm) -> Iterator[str]:
    """A fine-tuned backbone is not the one whose features are computed once."""
    if not isinstance(before, TransferArm) or not isinstance(now, TransferArm):
        return
    if before.fine_tune_epochs and now.feature_cache:
        yield (
            f"the backbone of its {role} was fine-tuned, so its features cannot be those of "
            f"{now.backbone_weights}: set {role}.feature_cache=false"
        )


def _augments(experiment: Experiment) -> bool:
    return any(arm.augment for arm in experiment.arms.values())


def _input_shape(experiment: Experiment) -> tuple[int, int, int]:
    policy = find_policy(experiment.augmentation) if _augments(experiment) else ()
    return output_shape(policy, experiment.dataset.shape)


def _sentences(
    run: RunFolder, experiment: Experiment, bases: dict[str, BaseModelSettings]
) -> list[str]:
    """From where each training goes on."""
    first = next(iter(bases.values()))
    said = [
        f"continued from run {run.id} of {first.experiment}: both models begin with its weights, "
        "the baseline with its baseline's and the candidate with its candidate's, not with fresh "
        "ones"
    ]
    seeds = {
        seed: bases[names.trainer(names.BASELINE, repeat)].seed
        for repeat, seed in enumerate(experiment.seeds)
    }
    if others := [str(seed) for seed, base in seeds.items() if seed != base]:
        [of_base] = {base for seed, base in seeds.items() if seed != base}
        what = "seed" if len(others) == 1 else "seeds"
        said.append(
            f"{what} {', '.join(others)}: that run has none of the kind, so its seed {of_base} is "
            "gone on from; what these have in common, the interval over seeds does not show"
        )
    return said


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)

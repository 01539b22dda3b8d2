"""The nodes that train an arm. `pipeline.dag` wires them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tfx.components.trainer.component import Trainer
from tfx.components.tuner.component import Tuner
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.proto import trainer_pb2
from tfx.types import channel

from components import features, names
from components.code import code_fingerprint
from components.pictures import PictureFormat
from components.settings import to_json
from components.trainer.accelerator import Accelerator
from components.trainer.backbone_features import BackboneFeatures, FeatureSettings
from components.trainer.base_model import BaseModel
from components.trainer.node_settings import TrainerSettings, TransferSettings
from components.trainer.optimizers import make_optimizer
from components.trainer.run import SETTINGS
from components.trainer.settings import Transfer
from components.transform.policies import Policy, output_shape
from components.tuner.node_settings import TunerSettings
from pipeline.arm_models import checked_arguments
from pipeline.dag_ingestion import Ingested
from pipeline.datasets.locate import Weights
from pipeline.places import Places
from pipeline.settings.experiment import Experiment, TransferArm

_RUN = "components.trainer.run.run_fn"
_TUNE = "components.tuner.search.tuner_fn"


def train_arm(
    role: str,
    experiment: Experiment,
    places: Places,
    policy: Policy,
    picture_format: PictureFormat,
    draws: Sequence[Ingested],
    graph: channel.BaseChannel,
) -> list[BaseComponent]:
    """The nodes that train one arm.

    BackboneFeatures, if it takes them; the Tuner, if its settings are sought; and the Trainers.

    Args:
      role: of the arm.
      experiment: whose.
      places: where a run reads and writes.
      policy: that Transform augments by; () for none.
      picture_format: of the stored pictures.
      draws: what the repeats are trained on: one draw for all, or one for each.
      graph: Transform's.

    Raises:
      UserError: the arm names a model or an optimizer that does not exist.
    """
    input_shape = output_shape(policy, experiment.dataset.shape)
    nodes: list[BaseComponent] = []
    found: channel.BaseChannel | None = None
    for repeat, seed in enumerate(experiment.seeds):
        settings = _settings(role, repeat, seed, experiment, places, input_shape, picture_format)
        if repeat < len(draws):
            examples = draws[repeat].examples
            after = [draws[repeat].validator]
            if settings.transfer and settings.transfer.feature_cache:
                backbone = _backbone_features(
                    names.backbone_features(role, repeat),
                    *(settings, settings.transfer, examples, graph),
                )
                backbone.add_upstream_nodes(after)
                nodes.append(backbone)
                examples = backbone.outputs[names.OUTPUT_FEATURED]
        if experiment.tuning.trials and not repeat:
            tuner = _tuner(role, experiment, settings, examples, graph)
            tuner.add_upstream_nodes(after)
            nodes.append(tuner)
            found = tuner.outputs[names.OUTPUT_HYPERPARAMETERS]
        nodes += (base := _base_model(role, repeat, places))
        trainer = Trainer(
            examples=examples,
            transform_graph=graph,
            hyperparameters=found,
            base_model=base[0].outputs[names.OUTPUT_MODEL] if base else None,
            run_fn=_RUN,
            train_args=trainer_pb2.TrainArgs(splits=[features.TRAIN]),
            eval_args=trainer_pb2.EvalArgs(splits=[features.EVAL]),
            custom_config={SETTINGS: to_json(settings)},
        ).with_id(settings.node)
        trainer.add_upstream_nodes(after)
        nodes.append(trainer)
    return nodes


def _base_model(role: str, repeat: int, places: Places) -> list[BaseComponent]:
    """The node that has what a Trainer goes on from; none where it starts anew."""
    base = places.base_models.get(names.trainer(role, repeat))
    return [BaseModel(settings=base).with_id(names.base_model(role, repeat))] if base else []


def _settings(
    role: str,
    repeat: int,
    seed: int,
    experiment: Experiment,
    places: Places,
    input_shape: tuple[int, int, int],
    picture_format: PictureFormat,
) -> TrainerSettings:
    arm = experiment.arms[role]
    # Fail now, not after the nodes before this one have run.
    make_optimizer(arm.optimizer)
    base = places.base_models.get(names.trainer(role, repeat))
    return TrainerSettings(
        node=names.trainer(role, repeat),
        model=arm.model,
        arguments=checked_arguments(arm, role),
        picture_format=picture_format,
        input_shape=input_shape,
        epochs=arm.epochs,
        batch_size=arm.batch_size,
        optimizer=arm.optimizer,
        loss=arm.loss,
        augment=arm.augment,
        seed=seed,
        state_dir=places.training_state,
        code=code_fingerprint(_RUN, arm.model),
        transfer=_transfer(arm, places) if isinstance(arm, TransferArm) else None,
        accelerator=experiment.accelerator,
        base_model=base.sha256 if base else "",
        steps_before=base.steps if base else 0,
        environment=places.environment,
    )


def _tuner(
    role: str,
    experiment: Experiment,
    settings: TrainerSettings,
    examples: channel.BaseChannel,
    graph: channel.BaseChannel,
) -> BaseComponent:
    """Seeks an arm's settings, on the pictures of the first repeat and with its seed."""
    arm, node = experiment.arms[role], names.tuner(role)
    choices = {
        name: tuple(checked_arguments(arm, role, {name: value})[name] for value in values)
        for name, values in arm.choices.items()
    }
    training = dataclasses.replace(settings, node=node, code=code_fingerprint(_TUNE, arm.model))
    search = TunerSettings(tuning=experiment.tuning, choices=choices, training=training)
    return Tuner(
        examples=examples,
        transform_graph=graph,
        tuner_fn=_TUNE,
        train_args=trainer_pb2.TrainArgs(splits=[features.TRAIN]),
        eval_args=trainer_pb2.EvalArgs(splits=[features.EVAL]),
        custom_config={SETTINGS: to_json(search)},
    ).with_id(node)


def _transfer(arm: TransferArm, places: Places) -> TransferSettings:
    weights = places.weights.get(arm.backbone_weights, Weights("", ""))
    return TransferSettings(
        weights=weights.file,
        weights_sha256=weights.sha256,
        **{setting.name: getattr(arm, setting.name) for setting in dataclasses.fields(Transfer)},
    )


def _backbone_features(
    node_id: str,
    settings: TrainerSettings,
    transfer: TransferSettings,
    examples: channel.BaseChannel,
    graph: channel.BaseChannel,
) -> BaseComponent:
    of_features = FeatureSettings(
        node=node_id,
        model=settings.model,
        input_shape=settings.input_shape,
        # What concerns the head only is no part of it: another learning rate changes nothing here.
        transfer=dataclasses.replace(
            transfer, fine_tune_epochs=0, fine_tune_blocks=1, fine_tune_learning_rate=1.0
        ),
        augment=settings.augment,
        seed=settings.seed if settings.augment else 0,
        state_dir=settings.state_dir,
        environment=settings.environment,
        accelerator=Accelerator(threads=settings.accelerator.threads),  # no GPU's setting counts
    )
    return BackboneFeatures(settings=of_features, examples=examples, transform_graph=graph).with_id(
        node_id
    )

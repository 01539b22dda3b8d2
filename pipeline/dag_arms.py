"""The nodes that train an arm, and where a run reads and writes. `pipeline.dag` wires them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from tfx.components.trainer.component import Trainer
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.proto import trainer_pb2
from tfx.types import channel

from components import features, names
from components.code import code_fingerprint, load
from components.trainer.backbone_features import BackboneFeatures, FeatureSettings
from components.trainer.settings import TrainerSettings, TransferSettings
from components.transform.policies import Policy, output_shape
from pipeline.datasets.locate import Weights
from pipeline.settings.experiment import Arm, Experiment, TransferArm

_RUN = "components.trainer.run.run_fn"


@dataclass(frozen=True)
class Places:
    """Where a run reads and writes.

    Attributes:
      data: folder of the data set.
      artifacts: pipeline root: each node's outputs.
      serving: where the Pusher puts a blessed model.
      training_state: where unfinished trainings keep their state; "" for nowhere.
      weights: a backbone's weights, by what `TransferArm.backbone_weights` says.
    """

    data: str
    artifacts: str
    serving: str
    training_state: str
    weights: Mapping[str, Weights] = field(default_factory=dict)


def train_arm(
    role: str,
    experiment: Experiment,
    places: Places,
    policy: Policy,
    examples: channel.BaseChannel,
    graph: channel.BaseChannel,
) -> list[BaseComponent]:
    """The nodes that train one arm: BackboneFeatures, if it takes one, and the Trainers.

    Args:
      role: of the arm.
      experiment: whose.
      places: where a run reads and writes.
      policy: that Transform augments by; () for none.
      examples: ExampleGen's.
      graph: Transform's.

    Raises:
      UserError: the arm names a model or an optimizer that does not exist.
    """
    input_shape = output_shape(policy, experiment.dataset.shape)
    of_seeds = [
        _settings(role, repeat, experiment.arms[role], experiment, places, input_shape)
        for repeat in range(experiment.repeats)
    ]
    backbone = []
    if of_seeds[0].transfer and of_seeds[0].transfer.feature_cache:
        node = _backbone_features(role, of_seeds[0], of_seeds[0].transfer, examples, graph)
        backbone.append(node)
        examples = node.outputs[names.OUTPUT_FEATURED]
    trainers = [
        Trainer(
            examples=examples,
            transform_graph=graph,
            run_fn=_RUN,
            train_args=trainer_pb2.TrainArgs(splits=[features.TRAIN]),
            eval_args=trainer_pb2.EvalArgs(splits=[features.EVAL]),
            custom_config=dataclasses.asdict(settings),
        ).with_id(settings.node)
        for settings in of_seeds
    ]
    return [*backbone, *trainers]


def _settings(
    role: str,
    repeat: int,
    arm: Arm,
    experiment: Experiment,
    places: Places,
    input_shape: list[int],
) -> TrainerSettings:
    settings = TrainerSettings(
        node=names.trainer(role, repeat),
        model=arm.model,
        shape=list(experiment.dataset.shape),
        input_shape=input_shape,
        encoded=load(experiment.dataset.reader).encoded,
        class_names=list(experiment.dataset.class_names),
        epochs=arm.epochs,
        batch_size=arm.batch_size,
        optimizer=arm.optimizer.as_keras(),
        loss=arm.loss,
        schedule=arm.optimizer.schedule,
        augment=arm.augment,
        seed=experiment.seed + repeat,
        state_dir=places.training_state,
        code=code_fingerprint(_RUN, arm.model),
        transfer=_transfer(arm, places) if isinstance(arm, TransferArm) else None,
        accelerator=experiment.accelerator,
    )
    # Fail now, not after the nodes before this one have run.
    load(settings.model)
    settings.make_optimizer()
    settings.learning_rate(0)
    return settings


def _transfer(arm: TransferArm, places: Places) -> TransferSettings:
    weights = places.weights.get(arm.backbone_weights, Weights("", ""))
    return TransferSettings(
        weights=weights.file,
        weights_sha256=weights.sha256,
        **{
            setting.name: getattr(arm, setting.name)
            for setting in dataclasses.fields(TransferSettings)
            if not setting.name.startswith("weights")
        },
    )


def _backbone_features(
    role: str,
    settings: TrainerSettings,
    transfer: TransferSettings,
    examples: channel.BaseChannel,
    graph: channel.BaseChannel,
) -> BaseComponent:
    height, width, channels = settings.input_shape
    node_id = names.backbone_features(role)
    of_features = FeatureSettings(
        node=node_id,
        input_shape=(height, width, channels),
        # What concerns the head only is no part of it: another learning rate changes nothing here.
        transfer=dataclasses.replace(
            transfer, fine_tune_epochs=0, fine_tune_blocks=0, fine_tune_learning_rate=0.0
        ),
        augment=settings.augment,
        seed=settings.seed if settings.augment else 0,
        state_dir=settings.state_dir,
    )
    return BackboneFeatures(settings=of_features, examples=examples, transform_graph=graph).with_id(
        node_id
    )

"""From an experiment to a TFX pipeline: the one place where nodes are wired.

ExampleGen ─┬─ StatisticsGen ── ExampleValidator ┐ (stops the run on bad data)
Schema ─────┤                                    │
            └─ Transform ◄───────────────────────┘
                 ├─ (BackboneFeatures, for an arm on a frozen backbone, before its Trainer)
                 ├─ Trainer.baseline ──┐
                 └─ Trainer.candidate ─┼─ Evaluator ── Significance ┬─ Pusher (if blessed)
                                       ├───── ServingCheck ─────────┘
                                       └───── Robustness
                    (with repeats: …, Trainer.candidate.2, …: one for each further seed)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import tensorflow_data_validation as tfdv
from tfx.components.evaluator.component import Evaluator
from tfx.components.pusher.component import Pusher
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.components.trainer.component import Trainer
from tfx.components.transform.component import Transform
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import pusher_pb2, trainer_pb2
from tfx.types import channel, standard_artifacts

from components import features
from components.code import code_fingerprint, load
from components.evaluator import robustness_node, significance_node
from components.evaluator.eval_config import make_eval_config
from components.ingestion import example_gen
from components.serving import check
from components.trainer import backbone_features, export
from components.trainer.settings import TrainerSettings, TransferSettings
from components.transform.policies import find_policy, output_shape
from components.validation import schema, validator
from pipeline.datasets.locate import Weights
from pipeline.report.node import Report
from pipeline.settings.experiment import Arm, Experiment, TransferArm

_PREPROCESSING = "components.transform.preprocessing.preprocessing_fn"
_RUN = "components.trainer.run.run_fn"
# What the report is not made of: models are large, and its numbers come from their evaluation.
_UNREPORTED = (standard_artifacts.Model, standard_artifacts.TransformCache)


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


def create_pipeline(
    experiment: Experiment,
    places: Places,
    *,
    beam_args: list[str],
    enable_cache: bool = True,
    report_of: str | None = None,
) -> Pipeline:
    """Wires an experiment's nodes.

    Args:
      experiment: what to run.
      places: where.
      beam_args: Beam options of the nodes that use Beam.
      enable_cache: whether a node with the same inputs, settings and code is reused.
      report_of: with a name of the run, the report is a node too, for runs whose artifacts are
        out of reach afterwards; it needs `report.node.LOCATED_FILE` among the Examples.

    Raises:
      UserError: the experiment names a model, an optimizer, a reader or an augmentation
        policy that does not exist.
    """
    dataset = experiment.dataset
    shape, class_names = list(dataset.shape), list(dataset.class_names)
    encoded = load(dataset.reader).encoded
    examples = example_gen.PictureExampleGen(
        input_base=places.data,
        reader=dataset.reader,
        options=dataset.options,
        class_names=class_names,
        shape=shape,
        eval_fraction=dataset.eval_fraction,
        selection=dataset.selection,
        max_broken=dataset.max_broken,
        code=code_fingerprint(f"{example_gen.__name__}.Executor", dataset.reader),
    ).with_id("ExampleGen")
    picture_schema = schema.PictureSchema(
        schema_text=schema.picture_schema(
            len(class_names), None if encoded else (shape[0], shape[1])
        )
    ).with_id("Schema")
    statistics = StatisticsGen(
        examples=examples.outputs["examples"],
        schema=picture_schema.outputs["schema"],
        stats_options=tfdv.StatsOptions(feature_allowlist=list(schema.VALIDATED)),
    )
    validated = validator.PictureValidator(
        statistics=statistics.outputs["statistics"],
        schema=picture_schema.outputs["schema"],
        class_names=class_names,
        code=code_fingerprint(f"{validator.__name__}.Executor"),
    ).with_id("ExampleValidator")
    augmentation = ""
    if any(arm.augment for arm in experiment.arms.values()):
        augmentation = experiment.augmentation
    policy = find_policy(augmentation) if augmentation else ()
    own_policy = [augmentation] if "." in augmentation else []
    # No statistics and nothing materialized: Transform then only traces its graph, and the
    # Trainers apply it themselves, with new seeds in every epoch where they augment.
    transform = Transform(
        examples=examples.outputs["examples"],
        schema=picture_schema.outputs["schema"],
        preprocessing_fn=_PREPROCESSING,
        materialize=False,
        disable_statistics=True,
        custom_config={
            "shape": shape,
            "encoded": encoded,
            "augmentation": augmentation,
            "code": code_fingerprint(_PREPROCESSING, *own_policy),
        },
    )
    transform.add_upstream_node(validated)
    input_shape = output_shape(policy, shape)
    settings = {
        role: [
            _settings(role, repeat, arm, experiment, places, input_shape)
            for repeat in range(experiment.repeats)
        ]
        for role, arm in experiment.arms.items()
    }
    backbones = {
        role: _backbone_features(
            role, told[0], examples.outputs["examples"], transform.outputs["transform_graph"]
        )
        for role, told in settings.items()
        if told[0].transfer and told[0].transfer.feature_cache
    }
    trainers = {
        role: [
            Trainer(
                examples=(
                    backbones[role].outputs["featured"]
                    if role in backbones
                    else examples.outputs["examples"]
                ),
                transform_graph=transform.outputs["transform_graph"],
                run_fn=_RUN,
                train_args=trainer_pb2.TrainArgs(splits=[features.TRAIN]),
                eval_args=trainer_pb2.EvalArgs(splits=[features.EVAL]),
                custom_config=dataclasses.asdict(of_seed),
            ).with_id(of_seed.node)
            for of_seed in told
        ]
        for role, told in settings.items()
    }
    candidate = trainers["candidate"][0].outputs["model"]
    evaluator = Evaluator(
        examples=examples.outputs["examples"],
        model=candidate,
        baseline_model=trainers["baseline"][0].outputs["model"],
        schema=picture_schema.outputs["schema"],
        example_splits=[features.TEST],
        eval_config=make_eval_config(
            signature=export.EVALUATE,
            min_accuracy=experiment.gate.min_accuracy,
            min_improvement=experiment.gate.min_improvement,
        ),
    )
    significance = significance_node.Significance(
        examples=examples.outputs["examples"],
        baseline=[trainer.outputs["model"] for trainer in trainers["baseline"]],
        candidate=[trainer.outputs["model"] for trainer in trainers["candidate"]],
        blessing=evaluator.outputs["blessing"],
        signature=export.EVALUATE,
        decides=experiment.gate.kind == "significance",
        min_improvement=experiment.gate.min_improvement,
        code=code_fingerprint(f"{significance_node.__name__}.Executor"),
    ).with_id("Significance")
    serving_check = check.ServingCheck(
        examples=examples.outputs["examples"],
        model=candidate,
        settings=check.as_parameter(
            encoded=encoded,
            shape=shape,
            class_names=class_names,
            evaluate=export.EVALUATE,
            code=code_fingerprint(f"{check.__name__}.ServingCheck"),
        ),
    ).with_id("ServingCheck")
    robustness = []
    if experiment.robustness_pictures:
        node = robustness_node.Robustness(
            examples=examples.outputs["examples"],
            baseline=trainers["baseline"][0].outputs["model"],
            candidate=candidate,
            settings=robustness_node.as_parameter(
                node="Robustness",
                pictures=experiment.robustness_pictures,
                encoded=encoded,
                shape=shape,
                signature=export.EVALUATE,
                code=code_fingerprint(f"{robustness_node.__name__}.Robustness"),
            ),
        )
        robustness.append(node.with_id("Robustness"))
    pusher = Pusher(
        model=candidate,
        model_blessing=significance.outputs["blessing"],
        infra_blessing=serving_check.outputs["check"],
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=places.serving)
        ),
    )
    nodes = [
        *(examples, picture_schema, statistics, validated, transform),
        *backbones.values(),
        *trainers["baseline"],
        *trainers["candidate"],
        *(evaluator, significance, *robustness, serving_check, pusher),
    ]
    if report_of is not None:
        first = [trainers[role][0] for role in trainers]
        told = [
            *(examples, picture_schema, statistics, transform, *first),
            *(evaluator, significance, *robustness, serving_check, pusher),
        ]
        nodes.append(
            Report(
                experiment=experiment,
                run_id=report_of,
                outputs={
                    (node.id, key): output
                    for node in told
                    for key, output in node.outputs.items()
                    if output.type not in _UNREPORTED
                },
            )
        )
    return Pipeline(
        pipeline_name=experiment.name,
        pipeline_root=places.artifacts,
        components=nodes,
        enable_cache=enable_cache,
        beam_pipeline_args=beam_args,
    )


def _settings(
    role: str,
    repeat: int,
    arm: Arm,
    experiment: Experiment,
    places: Places,
    input_shape: list[int],
) -> TrainerSettings:
    settings = TrainerSettings(
        node=f"Trainer.{role}" + (f".{repeat + 1}" if repeat else ""),
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
    given = places.weights.get(arm.backbone_weights, Weights("", ""))
    return TransferSettings(
        weights=given.file,
        weights_sha256=given.sha256,
        **{
            setting.name: getattr(arm, setting.name)
            for setting in dataclasses.fields(TransferSettings)
            if not setting.name.startswith("weights")
        },
    )


def _backbone_features(
    role: str,
    settings: TrainerSettings,
    examples: channel.BaseChannel,
    transform_graph: channel.BaseChannel,
) -> BaseComponent:
    assert settings.transfer is not None
    name = f"BackboneFeatures.{role}"
    # What concerns the head only is no part of it: another learning rate changes nothing here.
    transfer = dataclasses.replace(
        settings.transfer, fine_tune_epochs=0, fine_tune_blocks=0, fine_tune_learning_rate=0.0
    )
    told = backbone_features.FeatureSettings(
        node=name,
        input_shape=settings.input_shape,
        transfer=transfer,
        augment=settings.augment,
        seed=settings.seed if settings.augment else 0,
        state_dir=settings.state_dir,
        code=code_fingerprint(f"{backbone_features.__name__}.BackboneFeatures"),
    )
    return backbone_features.BackboneFeatures(
        examples=examples,
        transform_graph=transform_graph,
        settings=backbone_features.as_parameter(told),
    ).with_id(name)

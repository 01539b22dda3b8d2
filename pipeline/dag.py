"""From an experiment to a TFX pipeline: the one place where nodes are wired.

ExampleGen ─┬─ StatisticsGen ── ExampleValidator ┐ (stops the run on bad data)
Schema ─────┤                                    │
            └─ Transform ◄───────────────────────┘
                 ├─ (BackboneFeatures, for an arm on a frozen backbone, before its Trainer)
                 ├─ Trainer.baseline ──┐
                 └─ Trainer.candidate ─┼─ Evaluator ── Significance ┬─ Pusher (if blessed)
                                       ├───── InfraValidator ───────┘
                                       └───── Robustness
                    (with repeats: …, Trainer.candidate.2, …: one for each further seed;
                     with redraw, too: ExampleGen.2, …, each before its Trainers)
"""

from __future__ import annotations

from tfx.components.evaluator.component import Evaluator
from tfx.components.pusher.component import Pusher
from tfx.components.trainer.component import Trainer
from tfx.components.transform.component import Transform
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import pusher_pb2
from tfx.types import channel

from components import features, names
from components.evaluator.eval_config import make_eval_config
from components.evaluator.robustness_node import RobustnessNode, RobustnessSettings
from components.evaluator.significance_node import RUNS, SignificanceNode, SignificanceSettings
from components.pictures import PictureFormat
from components.serving.check import ModelInfraCheck
from components.transform import preprocessing
from components.validation import schema
from pipeline.beam_options import check_beam_args
from pipeline.dag_arms import train_arm
from pipeline.dag_ingestion import ingest
from pipeline.places import Places
from pipeline.settings.experiment import Experiment


def create_pipeline(
    experiment: Experiment,
    places: Places,
    *,
    beam_args: list[str],
    enable_cache: bool = True,
) -> Pipeline:
    """Wires an experiment's nodes.

    Args:
      experiment: what to run.
      places: where.
      beam_args: Beam options of the nodes that use Beam.
      enable_cache: whether a node with the same inputs, settings and code is reused.

    Raises:
      UserError: the experiment names a model, an optimizer, a reader or an augmentation
        policy that does not exist; or see `check_beam_args`.
    """
    check_beam_args(beam_args)
    return Pipeline(
        pipeline_name=experiment.name,
        pipeline_root=places.artifacts,
        components=wire(experiment, places),
        enable_cache=enable_cache,
        beam_pipeline_args=beam_args,
    )


def wire(experiment: Experiment, places: Places) -> list[BaseComponent]:
    """An experiment's nodes, each after those that it needs; see `create_pipeline`."""
    dataset = experiment.dataset
    picture_format = PictureFormat.of_reader(
        dataset.reader,
        shape=dataset.shape,
        class_names=dataset.class_names,
        fit=dataset.fit,
    )
    # What sound data look like.
    schema_node = _schema(experiment, picture_format)
    schema_of_data = schema_node.outputs[names.OUTPUT_SCHEMA]
    # Pictures in their splits, checked. The first draw has the test pictures that all are asked.
    draws = ingest(experiment, places, picture_format, schema_of_data)
    examples = draws[0].examples
    # The graph from stored pictures to what models take. Bad data stop the Trainers, not this.
    preparation = _preparation(experiment, picture_format)
    transform = _transform(preparation, examples, schema_of_data)
    graph = transform.outputs[names.OUTPUT_TRANSFORM_GRAPH]
    # Each arm: its backbone's features, if it is trained on them, and a Trainer for each seed.
    policy = preparation.policy
    arms = {
        role: train_arm(role, experiment, places, policy, picture_format, draws, graph)
        for role in experiment.arms
    }
    models = {role: _left(nodes, names.OUTPUT_MODEL) for role, nodes in arms.items()}
    trainings = {RUNS[role]: _left(nodes, names.OUTPUT_MODEL_RUN) for role, nodes in arms.items()}
    baseline, candidate = models[names.BASELINE][0], models[names.CANDIDATE][0]
    # Accuracy and loss on split `test`, overall and by class; the gate's thresholds.
    evaluator = _evaluator(experiment, examples, schema_of_data, baseline, candidate)
    # Did the models learn, and is the difference real? Blesses the candidate, or does not.
    significance = SignificanceNode(
        settings=SignificanceSettings(gate=experiment.gate, class_names=dataset.class_names),
        examples=examples,
        blessing_by_evaluator=evaluator.outputs[names.OUTPUT_BLESSING],
        **models,
        **trainings,
    ).with_id(names.SIGNIFICANCE)
    # What corrupted test pictures cost both models.
    robustness = _robustness(experiment, picture_format, examples, baseline, candidate)
    # Does the exported model answer as it was evaluated?
    infra_check = ModelInfraCheck(
        settings=picture_format, examples=examples, model=candidate
    ).with_id(names.INFRA_VALIDATOR)
    # Puts a blessed candidate where it is served from.
    pusher = _pusher(places, candidate, significance, infra_check)
    return [
        *(schema_node, *(node for ingested in draws for node in ingested.nodes), transform),
        *(node for nodes in arms.values() for node in nodes),
        *(evaluator, significance, *robustness, infra_check, pusher),
    ]


def _left(nodes: list[BaseComponent], output: str) -> list[channel.BaseChannel]:
    """What the Trainers among an arm's nodes leave, a channel for each seed."""
    return [node.outputs[output] for node in nodes if isinstance(node, Trainer)]


def _schema(experiment: Experiment, picture_format: PictureFormat) -> BaseComponent:
    height, width, _ = picture_format.shape
    text = schema.picture_schema(
        len(picture_format.class_names),
        None if picture_format.encoded else (height, width),
        max_label_skew=experiment.dataset.max_label_skew,
        max_brightness_skew=experiment.dataset.max_brightness_skew,
    )
    return schema.PictureSchema(schema_text=text).with_id(names.SCHEMA)


def _preparation(
    experiment: Experiment, picture_format: PictureFormat
) -> preprocessing.TransformSettings:
    augments = any(arm.augment for arm in experiment.arms.values())
    return preprocessing.TransformSettings(
        picture_format=picture_format,
        augmentation=experiment.augmentation if augments else "",
        strength=experiment.augmentation_strength if augments else 1.0,
    )


def _transform(
    settings: preprocessing.TransformSettings,
    examples: channel.BaseChannel,
    schema_of_data: channel.BaseChannel,
) -> BaseComponent:
    """No statistics and nothing materialized: it then only traces its graph.

    The Trainers apply the graph themselves, with new seeds in every epoch where they augment.
    """
    return Transform(
        examples=examples,
        schema=schema_of_data,
        preprocessing_fn=preprocessing.PREPROCESSING_FN,
        materialize=False,
        disable_statistics=True,
        custom_config=preprocessing.custom_config(settings),
    )


def _evaluator(
    experiment: Experiment,
    examples: channel.BaseChannel,
    schema_of_data: channel.BaseChannel,
    baseline: channel.BaseChannel,
    candidate: channel.BaseChannel,
) -> BaseComponent:
    return Evaluator(
        examples=examples,
        model=candidate,
        baseline_model=baseline,
        schema=schema_of_data,
        example_splits=[features.TEST],
        eval_config=make_eval_config(experiment.gate),
    )


def _robustness(
    experiment: Experiment,
    picture_format: PictureFormat,
    examples: channel.BaseChannel,
    baseline: channel.BaseChannel,
    candidate: channel.BaseChannel,
) -> list[BaseComponent]:
    if not experiment.robustness_pictures:
        return []
    settings = RobustnessSettings(
        pictures=experiment.robustness_pictures, picture_format=picture_format
    )
    node = RobustnessNode(
        settings=settings, examples=examples, baseline=baseline, candidate=candidate
    )
    return [node.with_id(names.ROBUSTNESS)]


def _pusher(
    places: Places,
    candidate: channel.BaseChannel,
    significance: BaseComponent,
    infra_check: BaseComponent,
) -> BaseComponent:
    filesystem = pusher_pb2.PushDestination.Filesystem(base_directory=places.serving)
    return Pusher(
        model=candidate,
        model_blessing=significance.outputs[names.OUTPUT_BLESSING],
        infra_blessing=infra_check.outputs[names.OUTPUT_CHECK],
        push_destination=pusher_pb2.PushDestination(filesystem=filesystem),
    )

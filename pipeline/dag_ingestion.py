"""The nodes that bring the pictures in and check them. `pipeline.dag` wires them."""

from __future__ import annotations

from dataclasses import dataclass

from tfx.components.statistics_gen.component import StatisticsGen
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.types import channel

from components import names
from components.ingestion.example_gen import ExampleGenSettings, PictureExampleGen
from components.pictures import PictureFormat
from components.validation import schema
from components.validation.validator import PictureValidator
from pipeline.places import Places
from pipeline.settings.experiment import Experiment


@dataclass(frozen=True)
class Ingested:
    """One draw of the pictures.

    Attributes:
      nodes: that ingest and check it.
      examples: the pictures in their splits.
      validator: the node that stops the run on bad data; what uses `examples` comes after it.
    """

    nodes: list[BaseComponent]
    examples: channel.BaseChannel
    validator: BaseComponent


def ingest(
    experiment: Experiment,
    places: Places,
    picture_format: PictureFormat,
    schema_of_data: channel.BaseChannel,
) -> list[Ingested]:
    """The draws of an experiment: one, or one for each repeat.

    Args:
      experiment: whose.
      places: where a run reads and writes.
      picture_format: of the stored pictures.
      schema_of_data: what sound data look like.
    """
    return [
        _ingest(experiment, repeat, places, picture_format, schema_of_data)
        for repeat in experiment.ingestions
    ]


def _ingest(
    experiment: Experiment,
    repeat: int,
    places: Places,
    picture_format: PictureFormat,
    schema_of_data: channel.BaseChannel,
) -> Ingested:
    dataset = experiment.dataset
    settings = ExampleGenSettings(
        reader=dataset.reader,
        options=dataset.options,
        picture_format=picture_format,
        eval_fraction=dataset.eval_fraction,
        selection=experiment.selection(repeat),
        max_broken=dataset.max_broken,
        max_leaked=dataset.max_leaked,
        sha256=dict(places.sha256),
    )
    # Pictures in their splits, as they are stored.
    example_gen = PictureExampleGen(input_base=places.data, settings=settings).with_id(
        names.repeated(names.EXAMPLE_GEN, repeat)
    )
    examples = example_gen.outputs[names.OUTPUT_EXAMPLES]
    # Labels and cheap facts of each split.
    statistics = StatisticsGen(
        examples=examples,
        schema=schema_of_data,
        stats_options=schema.statistics_options(len(picture_format.class_names)),
    ).with_id(names.repeated(names.STATISTICS_GEN, repeat))
    # Stops the run on bad data.
    validator = PictureValidator(
        settings=picture_format,
        statistics=statistics.outputs[names.OUTPUT_STATISTICS],
        schema=schema_of_data,
    ).with_id(names.repeated(names.EXAMPLE_VALIDATOR, repeat))
    return Ingested([example_gen, statistics, validator], examples, validator)

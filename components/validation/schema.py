"""The schema of a picture data set, and the node that publishes it.

The schema is written by hand, not inferred: inferred from broken data, it would call the
damage normal.
"""

# No `from __future__ import annotations` here: TFX reads the annotations of @component.

import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components import features

#: The features that statistics and validation look at: the cheap ones, not the pictures' bytes.
VALIDATED = (features.LABEL, features.HEIGHT, features.WIDTH, features.MEAN_INTENSITY)

# TFDV's own default. Labels outside the classes have room beside them.
_OTHER_LABELS = 1_000


def statistics_options(num_classes: int) -> tfdv.StatsOptions:
    """What StatisticsGen counts, for TFDV.

    Args:
      num_classes: of the data set. Each class's pictures are counted, however many classes.
    """
    return tfdv.StatsOptions(
        feature_allowlist=list(VALIDATED),
        num_rank_histogram_buckets=num_classes + _OTHER_LABELS,
        # A sketch of so many buckets is exact for so many values, and takes TFDV half the stages.
        use_sketch_based_topk_uniques=True,
    )


def picture_schema(
    num_classes: int,
    size: tuple[int, int] | None,
    *,
    max_label_skew: float,
    max_brightness_skew: float,
) -> str:
    """The schema of Examples as ExampleGen writes them, as text of a `schema_pb2.Schema`.

    Args:
      num_classes: labels run from 0 to `num_classes` − 1.
      size: (height, width) of every picture in pixels; None where pictures of any size are
        stored.
      max_label_skew: a larger difference of a class's share between `train` and `test` counts,
        where it is beyond chance, too (see `components.validation.chance`); 0 … 1.
      max_brightness_skew: likewise the Jensen-Shannon divergence of brightness, 0 … 1.
    """
    schema = schema_pb2.Schema()

    def add(name: str, kind: int) -> schema_pb2.Feature:
        feature = schema.feature.add(name=name, type=kind)
        feature.presence.min_fraction = 1.0
        feature.presence.min_count = 1
        feature.shape.dim.add(size=1)
        return feature

    for name in (features.IMAGE, features.CLASS_NAME, features.EXAMPLE_ID):
        add(name, schema_pb2.BYTES)
    add(features.AUGMENTATION_SEED, schema_pb2.INT)
    for name, pixels in zip((features.HEIGHT, features.WIDTH), size or (None, None), strict=True):
        domain = add(name, schema_pb2.INT).int_domain
        domain.min = pixels or 1
        if pixels:
            domain.max = pixels
    label = add(features.LABEL, schema_pb2.INT)
    label.int_domain.min, label.int_domain.max = 0, num_classes - 1
    label.int_domain.is_categorical = True
    label.skew_comparator.infinity_norm.threshold = max_label_skew
    intensity = add(features.MEAN_INTENSITY, schema_pb2.FLOAT)
    intensity.float_domain.min, intensity.float_domain.max = 0.0, 255.0
    intensity.skew_comparator.jensen_shannon_divergence.threshold = max_brightness_skew
    return text_format.MessageToString(schema)


@component
def PictureSchema(
    schema_text: Parameter[str], schema: OutputArtifact[standard_artifacts.Schema]
) -> None:
    """Publishes `schema_text` as the run's schema artifact, `schema`.

        node = PictureSchema(schema_text=picture_schema(10, (28, 28), …)).with_id(names.SCHEMA)

    Its text is all that it leaves, so it carries no fingerprint of its code: an edit that
    leaves the text as it is changes nothing for the nodes that follow.
    """
    with fileio.open(f"{schema.uri}/schema.pbtxt", "w") as file:
        file.write(schema_text)

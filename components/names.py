"""Names that more than one room uses: of roles, of nodes, of what nodes leave, of signatures.

This module imports nothing, so that commands which only look at a run stay quick. Names of
features and splits are in `components.features`.
"""

from __future__ import annotations

# The two arms of an experiment, the baseline first.
BASELINE, CANDIDATE = "baseline", "candidate"
ROLES = (BASELINE, CANDIDATE)

# Nodes: their ids in a run.
EXAMPLE_GEN = "ExampleGen"
SCHEMA = "Schema"
STATISTICS_GEN = "StatisticsGen"
EXAMPLE_VALIDATOR = "ExampleValidator"
TRANSFORM = "Transform"
EVALUATOR = "Evaluator"
SIGNIFICANCE = "Significance"
ROBUSTNESS = "Robustness"
INFRA_VALIDATOR = "InfraValidator"
PUSHER = "Pusher"

#: Kinds of node that there are several of: the id goes on with a point and the role.
BACKBONE_FEATURES, TRAINER, TUNER = "BackboneFeatures", "Trainer", "Tuner"
BASE_MODEL = "BaseModel"

# What nodes leave: their output keys.
OUTPUT_EXAMPLES = "examples"  # of ExampleGen
OUTPUT_SCHEMA = "schema"
OUTPUT_STATISTICS = "statistics"
OUTPUT_ANOMALIES = "anomalies"
OUTPUT_TRANSFORM_GRAPH = "transform_graph"
OUTPUT_FEATURED = "featured"  # of BackboneFeatures: the Examples with one feature more
OUTPUT_MODEL, OUTPUT_MODEL_RUN = "model", "model_run"  # of a Trainer
OUTPUT_HYPERPARAMETERS, OUTPUT_TRIALS = "best_hyperparameters", "tuner_results"  # of a Tuner
OUTPUT_EVALUATION = "evaluation"
OUTPUT_BLESSING = "blessing"  # of the Evaluator, and of Significance, which has the last word
OUTPUT_SIGNIFICANCE = "significance"
OUTPUT_ROBUSTNESS = "robustness"
OUTPUT_CHECK = "check"  # of InfraValidator
OUTPUT_PUSHED_MODEL = "pushed_model"

# Signatures of an exported model, and the output that all have.
EVALUATE, SERVING = "evaluate", "serving_default"
FROM_FILES, FROM_PIXELS = "from_files", "from_pixels"
PROBABILITIES = "probabilities"
VALID = "valid"  # of those that take files: whether a picture could be decoded
# In the exported model: Keras' own description of the layers, JSON.
ARCHITECTURE = "assets.extra/keras.json"


def repeated(node: str, repeat: int) -> str:
    """The id of a node that each repeat has one of: the first's, or that of a further one."""
    return f"{node}.{repeat + 1}" if repeat else node


def trainer(role: str, repeat: int = 0) -> str:
    """The id of the Trainer of an arm, for its first seed or (`repeat`, from 0) a further one."""
    return repeated(f"{TRAINER}.{role}", repeat)


def tuner(role: str) -> str:
    """The id of the node that seeks an arm's settings."""
    return f"{TUNER}.{role}"


def base_model(role: str, repeat: int = 0) -> str:
    """The id of the node that has what a Trainer goes on from, see `trainer`."""
    return repeated(f"{BASE_MODEL}.{role}", repeat)


def role_of(trainer_id: str) -> str:
    """The role of the arm that a Trainer or a Tuner trains: what its id was made of."""
    return trainer_id.split(".")[1]


def backbone_features(role: str, repeat: int = 0) -> str:
    """The id of the node that runs an arm's backbone, see `trainer`."""
    return repeated(f"{BACKBONE_FEATURES}.{role}", repeat)

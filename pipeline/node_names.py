"""The nodes that an experiment has, known without TFX: so a mistyped one costs no waiting.

`pipeline.dag` wires them; a test compares.
"""

from __future__ import annotations

from components import names
from components.errors import UserError
from components.hints import did_you_mean
from pipeline.settings.experiment import Experiment, TransferArm


def node_names(experiment: Experiment) -> list[str]:
    """The ids of an experiment's nodes, each after those that it needs."""
    ingested = [
        names.repeated(kind, repeat)
        for repeat in experiment.ingestions
        for kind in (names.EXAMPLE_GEN, names.STATISTICS_GEN, names.EXAMPLE_VALIDATOR)
    ]
    trained = [node for role in experiment.arms for node in _of_arm(experiment, role)]
    robustness = [names.ROBUSTNESS] if experiment.robustness_pictures else []
    return [
        *(names.SCHEMA, *ingested, names.TRANSFORM, *trained, names.EVALUATOR),
        *(names.SIGNIFICANCE, *robustness, names.INFRA_VALIDATOR, names.PUSHER),
    ]


def check_node(experiment: Experiment, name: str) -> None:
    """Refuses a node that an experiment does not have; "" stands for none.

    Raises:
      UserError: there is no such node; the text names what there is.
    """
    known = node_names(experiment)
    if name and name not in known:
        raise UserError(f"no node {name!r}: {did_you_mean(name, known)}")


def _of_arm(experiment: Experiment, role: str) -> list[str]:
    arm = experiment.arms[role]
    cached = isinstance(arm, TransferArm) and arm.feature_cache
    nodes = []
    for repeat in range(experiment.repeats):
        if cached and repeat in experiment.ingestions:
            nodes.append(names.backbone_features(role, repeat))
        if experiment.tuning.trials and not repeat:
            nodes.append(names.tuner(role))
        if experiment.base_model:
            nodes.append(names.base_model(role, repeat))
        nodes.append(names.trainer(role, repeat))
    return nodes

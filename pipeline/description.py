"""What an experiment would train: its settings side by side, and the layers of both models.

The models are built, which imports TensorFlow; nothing is trained, and no data are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components import names
from components.environment import set_keras
from components.errors import UserError, reason_of
from components.transform.policies import Policy, find_policy, output_shape
from pipeline.arm_models import build_arm
from pipeline.settings.experiment import Experiment
from pipeline.settings.overrides import dotted


@dataclass(frozen=True)
class ArmSetting:
    """A setting of both arms.

    Attributes:
      name: without the arm's.
      baseline: its value; None where the baseline has no such setting.
      candidate: likewise.
      differs: whether the two do.
    """

    name: str
    baseline: Any
    candidate: Any
    differs: bool


@dataclass(frozen=True)
class Layer:
    """A layer of a model.

    Attributes:
      name: Keras's.
      kind: its class.
      shape: of its output, without the batch; several outputs have a list of shapes.
      parameters: number of its weights.
    """

    name: str
    kind: str
    shape: list[Any]
    parameters: int


@dataclass(frozen=True)
class Model:
    """A model, as it is before its training.

    Attributes:
      title: the arm's.
      layers: from the input on.
      parameters: number of all weights.
      trained: number of those that training changes.
    """

    title: str
    layers: list[Layer]
    parameters: int
    trained: int


@dataclass(frozen=True)
class Description:
    """An experiment, to be looked at.

    Attributes:
      name: its name.
      question: what it asks.
      arms: settings that arms have.
      settings: all others, by their dotted names.
      policy: the operations that augment training pictures; empty where no arm augments.
      input_shape: of the models: height, width, channels.
      baseline: the baseline's model.
      candidate: the candidate's.
    """

    name: str
    question: str
    arms: list[ArmSetting]
    settings: dict[str, Any]
    policy: list[str]
    input_shape: tuple[int, int, int]
    baseline: Model
    candidate: Model


def describe(experiment: Experiment) -> Description:
    """Describes an experiment. Code that it names is run: its models are built.

    Raises:
      UserError: it names a model or a policy that does not exist, or a model cannot be built.
    """
    set_keras()
    augments = any(arm.augment for arm in experiment.arms.values())
    strength = experiment.augmentation_strength
    policy: Policy = find_policy(experiment.augmentation, strength) if augments else ()
    shape = output_shape(policy, experiment.dataset.shape)
    settings = dotted(experiment)
    of_arms = tuple(f"{role}." for role in names.ROLES)
    return Description(
        name=experiment.name,
        question=experiment.question,
        arms=_side_by_side(settings),
        settings={name: value for name, value in settings.items() if not name.startswith(of_arms)},
        policy=[str(operation) for operation in policy],
        input_shape=shape,
        baseline=_model(experiment, names.BASELINE, shape),
        candidate=_model(experiment, names.CANDIDATE, shape),
    )


def _side_by_side(settings: dict[str, Any]) -> list[ArmSetting]:
    of = {
        role: {
            name.partition(".")[2]: value
            for name, value in settings.items()
            if name.startswith(f"{role}.")
        }
        for role in names.ROLES
    }
    baseline, candidate = of[names.BASELINE], of[names.CANDIDATE]
    return [
        ArmSetting(
            name, baseline.get(name), candidate.get(name), baseline.get(name) != candidate.get(name)
        )
        for name in {**baseline, **candidate}
    ]


def _model(experiment: Experiment, role: str, shape: tuple[int, int, int]) -> Model:
    arm = experiment.arms[role]
    try:
        built = build_arm(experiment, role, shape)
    except UserError:
        raise
    except Exception as error:  # of the user's code, or of Keras, about what it asks for
        raise UserError(f"{role}.model={arm.model}: cannot be built: {reason_of(error)}") from error
    layers = [
        Layer(layer.name, type(layer).__name__, _shape(layer), layer.count_params())
        for layer in built.layers
    ]
    trained = sum(int(weight.shape.num_elements()) for weight in built.trainable_weights)
    return Model(arm.title, layers, built.count_params(), trained)


def _shape(layer: Any) -> list[Any]:
    output = layer.output
    outputs = output if isinstance(output, list) else [output]
    shapes = [list(each.shape[1:]) for each in outputs]
    return shapes if len(shapes) > 1 else shapes[0]

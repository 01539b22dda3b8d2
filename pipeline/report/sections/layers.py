"""The layers of both models."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from components import names
from pipeline.report.section import Section
from pipeline.report.table import Cell, Table, number
from pipeline.runs.finished import FinishedRun

if TYPE_CHECKING:
    import keras

    from pipeline.settings.experiment import Experiment

# What may be called for a reader of the page: nothing else of this project builds a model.
_OWN = re.compile(r"components\.trainer\.models\.(\w+\.build_\w+|switches\.(mlp|cnn))")
# What says most of a layer, of its configuration.
_SAYING = ("units", "filters", "kernel_size", "pool_size", "strides", "rate", "activation")
_USUAL = {"strides": (1, 1), "activation": "linear"}


class Layer(NamedTuple):
    """A layer of a model.

    Attributes:
      kind: its class.
      settings: what says most of it, e.g. "units 256, activation relu".
      shape: of what it gives, without the batch.
      parameters: its weights, those that are not trained with them.
    """

    kind: str
    settings: str
    shape: str
    parameters: int


class ModelLayers(NamedTuple):
    """The layers of one arm's model.

    Attributes:
      layers: in their order; None where only code that is not trusted could tell.
      same: whether the model as it is built now has as many weights as the run's.
    """

    layers: Sequence[Layer] | None
    same: bool


class Layers(Section[Mapping[str, ModelLayers]]):
    """Figures: role → the layers of the arm's model, which is built anew for it."""

    order, title = 102, "Layers of both models"
    template = """
{% for role, arm in (("baseline", s.baseline), ("candidate", s.candidate)) %}
{% set model = figures[role] %}
<h3>{{ arm.title }}</h3>
{% if model.layers is none %}
<p>Its layers are not shown: <code>{{ s.settings[role ~ ".model"] }}</code> is no part of this
project's models, and looking at a run runs nobody's code. <code>report --trust</code> shows
them.</p>
{% else %}
{% if not model.same %}
<p class="warning">This is the model as the code builds it now. The run's had another number of
weights.</p>
{% endif %}
{{ table(section.table(arm.title, model.layers)) }}
{% endif %}
{% endfor %}
"""

    def compute(self, run: FinishedRun) -> Mapping[str, ModelLayers]:
        """Builds both models, with random weights."""
        arms = zip(names.ROLES, run.summary.arms, strict=True)
        return {
            role: _layers_of(run.experiment, role, arm.parameters, trust=run.trust)
            for role, arm in arms
        }

    def table(self, title: str, layers: Sequence[Layer]) -> Table:
        """A row a layer."""
        rows: list[Sequence[Cell]] = [
            (layer.kind, layer.shape, number(layer.parameters, 0), layer.settings)
            for layer in layers
        ]
        columns = ("layer", "gives", "weights", "settings")
        return Table(f"layers of {title}", columns, rows)


def _layers_of(experiment: Experiment, role: str, weights: int, *, trust: bool) -> ModelLayers:
    if not (trust or _OWN.fullmatch(experiment.arms[role].model)):
        return ModelLayers(None, same=True)
    from pipeline.arm_models import build_arm

    model = build_arm(experiment, role, experiment.dataset.shape)
    return ModelLayers([_layer(layer) for layer in model.layers], model.count_params() == weights)


def _layer(layer: keras.Layer) -> Layer:
    config = layer.get_config()
    settings = [
        f"{name.replace('_', ' ')} {_shown(config[name])}"
        for name in _SAYING
        if config.get(name) is not None and config[name] != _USUAL.get(name)
    ]
    shape = getattr(layer, "output", None)
    gives = " × ".join(str(side) for side in shape.shape[1:]) if shape is not None else ""
    return Layer(type(layer).__name__, ", ".join(settings), gives, layer.count_params())


def _shown(value: object) -> str:
    return " × ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


SECTION = Layers()

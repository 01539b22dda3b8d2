"""Nodes whose number of inputs is known only when the pipeline is wired."""

from __future__ import annotations

from collections.abc import Mapping

from tfx.dsl.components.base import base_component
from tfx.types import artifact, channel, component_spec


def spec_of(
    node: base_component.BaseComponent,
    *,
    parameters: Mapping[str, str | int | float],
    inputs: Mapping[str, channel.BaseChannel],
    outputs: Mapping[str, type[artifact.Artifact]],
) -> component_spec.ComponentSpec:
    """The specification of a node with these settings and inputs.

    Args:
      node: whose.
      parameters: name → value.
      inputs: name → channel.
      outputs: name → type of artifact.
    """

    class Spec(component_spec.ComponentSpec):
        PARAMETERS = {  # noqa: RUF012
            name: component_spec.ExecutionParameter(type=type(value))
            for name, value in parameters.items()
        }
        INPUTS = {  # noqa: RUF012
            name: component_spec.ChannelParameter(type=given.type) for name, given in inputs.items()
        }
        OUTPUTS = {  # noqa: RUF012
            name: component_spec.ChannelParameter(type=kind) for name, kind in outputs.items()
        }

    made = {name: channel.OutputChannel(kind, node, name) for name, kind in outputs.items()}
    return Spec(**parameters, **inputs, **made)

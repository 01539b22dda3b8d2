"""The recipe for a node of this project: a settings class and `run(settings, inputs, outputs)`.

    class Executor(NodeExecutor):
        SETTINGS = MySettings

        def run(self, settings: MySettings, inputs: Artifacts, outputs: Artifacts) -> None:
            ...

    class MyNode(Node):
        EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)
        INPUTS = {"examples": standard_artifacts.Examples}
        OUTPUTS = {"result": standard_artifacts.ModelEvaluation}

    node = MyNode(settings=MySettings(…), examples=example_gen.outputs["examples"])

The settings travel as one line of JSON in the node's parameter `settings`. Its parameter `code`
is the fingerprint of the executor's code, so that an edit makes the node run again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact, channel, component_spec

from components.code import code_fingerprint
from components.settings import from_json, to_json

#: Parameters of every node: its settings as JSON, and the fingerprint of its code.
SETTINGS, CODE = "settings", "code"

#: What a node takes or leaves: name → artifacts, one each but where several are asked for.
Artifacts = Mapping[str, list[artifact.Artifact]]

_ONE_OF_SEVERAL = re.compile(r"(.+)_(\d+)")


class NodeExecutor(base_executor.BaseExecutor):
    """Does the work of a node; a subclass names its `SETTINGS` class and has a `run`."""

    SETTINGS: ClassVar[type]

    #: Settings and code of this node as text: what the cache looks at besides the inputs.
    identity: str = ""

    def Do(
        self,
        input_dict: dict[str, list[artifact.Artifact]],
        output_dict: dict[str, list[artifact.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Called by TFX; see `run`."""
        self.identity = f"{exec_properties[SETTINGS]} {exec_properties[CODE]}"
        settings: Any = from_json(self.SETTINGS, exec_properties[SETTINGS])
        self.run(settings, _together(input_dict), output_dict)

    def run(self, settings: Any, inputs: Artifacts, outputs: Artifacts) -> None:
        """Does the work.

        Args:
          settings: of the class `SETTINGS`.
          inputs: what the node takes; where it takes several of a kind, in their order.
          outputs: what it leaves: folders to write into.
        """
        raise NotImplementedError


class Node(base_component.BaseComponent):
    """A node; a subclass says what it takes and leaves, and whose work it is.

    Settings that name code have `import_paths`: that code's fingerprint counts, too.
    """

    SPEC_CLASS = component_spec.ComponentSpec
    EXECUTOR_SPEC: executor_spec.ExecutorClassSpec
    INPUTS: ClassVar[Mapping[str, type[artifact.Artifact]]]
    OUTPUTS: ClassVar[Mapping[str, type[artifact.Artifact]]]

    def __init__(
        self, *, settings: Any, **inputs: channel.BaseChannel | Sequence[channel.BaseChannel]
    ):
        """Builds the node.

        Args:
          settings: of its executor's `SETTINGS` class.
          inputs: a channel for each of `INPUTS`, or several of one type.

        Raises:
          TypeError: the settings, or what is given as inputs, are not what this node takes.
        """
        executor = self.EXECUTOR_SPEC.executor_class
        if not isinstance(settings, executor.SETTINGS) or set(inputs) != set(self.INPUTS):
            raise TypeError(
                f"{type(self).__name__} takes settings={executor.SETTINGS.__name__} and "
                f"{', '.join(self.INPUTS)}, not {type(settings).__name__} and {', '.join(inputs)}"
            )
        channels = dict(_apart(inputs))
        for name, of_input in channels.items():
            expected = self.INPUTS[_kind(name) if name not in self.INPUTS else name]
            if not issubclass(of_input.type, expected):
                raise TypeError(
                    f"{type(self).__name__} takes {expected.__name__} as {name}, not "
                    f"{of_input.type.__name__}"
                )
        named = getattr(settings, "import_paths", ())
        parameters = {SETTINGS: to_json(settings), CODE: executor_code(executor, *named)}

        class Spec(component_spec.ComponentSpec):
            PARAMETERS: ClassVar = {
                name: component_spec.ExecutionParameter(type=str) for name in parameters
            }
            INPUTS: ClassVar = {
                name: component_spec.ChannelParameter(type=of_input.type)
                for name, of_input in channels.items()
            }
            OUTPUTS: ClassVar = {
                name: component_spec.ChannelParameter(type=kind)
                for name, kind in self.OUTPUTS.items()
            }

        left = {
            name: channel.OutputChannel(kind, self, name) for name, kind in self.OUTPUTS.items()
        }
        super().__init__(spec=Spec(**parameters, **channels, **left))


def executor_code(executor: type, *import_paths: str) -> str:
    """The fingerprint of an executor's code, and of what its settings name by import path."""
    return code_fingerprint(f"{executor.__module__}.{executor.__name__}", *import_paths)


def _apart(
    inputs: Mapping[str, channel.BaseChannel | Sequence[channel.BaseChannel]],
) -> list[tuple[str, channel.BaseChannel]]:
    """Several channels of one input as inputs of their own: `baseline_1`, `baseline_2`, etc."""
    channels: list[tuple[str, channel.BaseChannel]] = []
    for name, of_input in inputs.items():
        if isinstance(of_input, channel.BaseChannel):
            channels.append((name, of_input))
        else:
            channels += [(f"{name}_{number}", c) for number, c in enumerate(of_input, start=1)]
    return channels


def _together(inputs: Mapping[str, list[artifact.Artifact]]) -> Artifacts:
    """Undoes `_apart`."""
    together: dict[str, list[artifact.Artifact]] = {}
    for name in sorted(inputs, key=_order):
        together.setdefault(_kind(name), []).extend(inputs[name])
    return together


def _kind(name: str) -> str:
    match = _ONE_OF_SEVERAL.fullmatch(name)
    return match[1] if match else name


def _order(name: str) -> tuple[str, int]:
    match = _ONE_OF_SEVERAL.fullmatch(name)
    return (match[1], int(match[2])) if match else (name, 0)

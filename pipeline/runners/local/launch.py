"""Launches a node so that how Beam runs it is no part of its cache key.

TFX makes a node's cache key of, among others, its executor's specification, and that holds Beam's
options: under another Beam runner, or with more workers, everything would be made anew. Here the
specification has none while the key is made; they are put back where the node is run, by TFX's own
way to run an executor otherwise (`custom_executor_operators`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf import message
from tfx.orchestration.portable import beam_executor_operator
from tfx.proto.orchestration import executable_spec_pb2

#: For `tfx.orchestration.portable.launcher.Launcher`.
Operators = dict[type, Callable[..., Any]]


def without_beam_args(executor: message.Message) -> tuple[message.Message, Operators]:
    """What launches an executor, apart from its Beam options.

    Args:
      executor: its specification.

    Returns:
      The specification for the cache key, without Beam options, and what runs it with them.
    """
    if not isinstance(executor, executable_spec_pb2.BeamExecutableSpec):
        return executor, {}
    for_key = executable_spec_pb2.BeamExecutableSpec()
    for_key.CopyFrom(executor)
    for_key.ClearField("beam_pipeline_args")
    for_key.ClearField("beam_pipeline_args_placeholders")

    def operator(
        *, executor_spec: message.Message, platform_config: message.Message | None = None
    ) -> beam_executor_operator.BeamExecutorOperator:
        del executor_spec  # `for_key`
        return beam_executor_operator.BeamExecutorOperator(executor, platform_config)

    return for_key, {executable_spec_pb2.BeamExecutableSpec: operator}

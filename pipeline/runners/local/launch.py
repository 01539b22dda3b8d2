"""Launches a node: TFX's driver and publisher here, the executor elsewhere.

TFX makes a node's cache key of, among others, its executor's specification, and that holds Beam's
options: under another Beam runner, or with more workers, everything would be made anew. Here the
specification has none while the key is made; they are put back where the node is run, by TFX's own
way to run an executor otherwise (`custom_executor_operators`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from google.protobuf import message
from tfx.orchestration.portable import base_executor_operator, data_types
from tfx.proto.orchestration import executable_spec_pb2, execution_result_pb2

from pipeline.flink_job import ended_with
from pipeline.runners.local.worker import Work, beam_arguments

#: For `tfx.orchestration.portable.launcher.Launcher`.
Operators = dict[type, Callable[..., Any]]


class _Elsewhere(base_executor_operator.BaseExecutorOperator):  # type: ignore[misc]
    """Has an executor's work done by `do`."""

    SUPPORTED_EXECUTOR_SPEC_TYPE = (
        executable_spec_pb2.BeamExecutableSpec,
        executable_spec_pb2.PythonClassExecutableSpec,
    )
    SUPPORTED_PLATFORM_CONFIG_TYPE = ()

    def __init__(self, executor: message.Message, do: Callable[[Work], bytes]):
        super().__init__(executor)
        self._do = do

    def run_executor(
        self, execution_info: data_types.ExecutionInfo
    ) -> execution_result_pb2.ExecutorOutput:
        executor = self._executor_spec
        work = Work(
            type(executor),
            executor.SerializeToString(),
            execution_info.to_proto().SerializeToString(),
            dict(os.environ),
        )
        with ended_with(beam_arguments(executor)):
            return execution_result_pb2.ExecutorOutput.FromString(self._do(work))


def elsewhere(
    executor: message.Message | None, do: Callable[[Work], bytes], job: str
) -> tuple[message.Message | None, Operators]:
    """What launches an executor elsewhere, its Beam options aside.

    Args:
      executor: its specification; None of a node of TFX's own.
      do: does the work, and gives TFX's `ExecutorOutput`, serialized.
      job: name of Beam's job, for those who look at its engine.

    Returns:
      The specification for the cache key, without Beam options, and what runs it with them.
    """
    if executor is None:
        return None, {}

    named = type(executor)()
    named.CopyFrom(executor)
    if isinstance(named, executable_spec_pb2.BeamExecutableSpec):
        name = f"--job_name={job}"
        named.beam_pipeline_args_placeholders.add().value.string_value = name

    def operator(**_: Any) -> _Elsewhere:
        return _Elsewhere(named, do)

    return _without_beam_args(executor), {type(executor): operator}


def _without_beam_args(executor: message.Message) -> message.Message:
    if not isinstance(executor, executable_spec_pb2.BeamExecutableSpec):
        return executor
    for_key = executable_spec_pb2.BeamExecutableSpec()
    for_key.CopyFrom(executor)
    for_key.ClearField("beam_pipeline_args")
    for_key.ClearField("beam_pipeline_args_placeholders")
    return for_key

from __future__ import annotations

from typing import Any

from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto.orchestration import executable_spec_pb2, execution_result_pb2

from pipeline.runners.local.launch import elsewhere
from pipeline.runners.local.worker import Work

CLASS = "components.ingestion.example_gen.Executor"


def beam_executor(*arguments: str) -> executable_spec_pb2.BeamExecutableSpec:
    spec = executable_spec_pb2.BeamExecutableSpec()
    spec.python_executor_spec.class_path = CLASS
    spec.beam_pipeline_args.extend(arguments)
    for argument in arguments:
        spec.beam_pipeline_args_placeholders.add().value.string_value = argument
    return spec


def nothing(work: Work) -> bytes:
    return b""


def test_the_cache_key_holds_no_beam_options() -> None:
    in_memory, _ = elsewhere(beam_executor("--direct_running_mode=in_memory"), nothing, "job")
    in_processes, _ = elsewhere(beam_executor("--direct_num_workers=2", "--x"), nothing, "job")
    assert in_memory == in_processes == beam_executor()


def test_the_work_is_done_elsewhere_with_them() -> None:
    executor, asked = beam_executor("--direct_num_workers=2"), list[Work]()
    output = execution_result_pb2.ExecutorOutput()
    output.execution_result.result_message = "done"

    def do(work: Work) -> bytes:
        asked.append(work)
        return output.SerializeToString()

    for_key, operators = elsewhere(executor, do, "mlp-statisticsgen")
    operator = operators[type(for_key)](executor_spec=for_key, platform_config=None)
    info: Any = ExecutionInfo(execution_id=7)
    assert operator.run_executor(info) == output
    [work] = asked
    given = work.kind.FromString(work.executor)
    placeholders = given.beam_pipeline_args_placeholders
    [*options, name] = [each.value.string_value for each in placeholders]
    assert options == ["--direct_num_workers=2"]
    assert name == "--job_name=mlp-statisticsgen"
    assert info.to_proto().FromString(work.execution).execution_id == 7


def test_an_executor_without_beam_stays_as_it_is() -> None:
    executor = executable_spec_pb2.PythonClassExecutableSpec(class_path=CLASS)
    assert elsewhere(executor, nothing, "job")[0] == executor
    assert elsewhere(None, nothing, "job") == (None, {})

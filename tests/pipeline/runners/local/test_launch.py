from __future__ import annotations

from tfx.orchestration.portable.beam_executor_operator import BeamExecutorOperator
from tfx.proto.orchestration import executable_spec_pb2

from pipeline.runners.local.launch import without_beam_args

CLASS = "components.ingestion.example_gen.Executor"


def beam_executor(*arguments: str) -> executable_spec_pb2.BeamExecutableSpec:
    spec = executable_spec_pb2.BeamExecutableSpec()
    spec.python_executor_spec.class_path = CLASS
    spec.beam_pipeline_args.extend(arguments)
    for argument in arguments:
        spec.beam_pipeline_args_placeholders.add().value.string_value = argument
    return spec


def test_the_cache_key_holds_no_beam_options() -> None:
    in_memory, _ = without_beam_args(beam_executor("--direct_running_mode=in_memory"))
    in_processes, _ = without_beam_args(beam_executor("--direct_num_workers=2", "--x"))
    assert in_memory == in_processes == beam_executor()


def test_the_node_runs_with_them() -> None:
    executor = beam_executor("--direct_num_workers=2")
    for_key, operators = without_beam_args(executor)
    operator = operators[type(for_key)](executor_spec=for_key, platform_config=None)
    assert isinstance(operator, BeamExecutorOperator)
    assert [arg.value.string_value for arg in operator.beam_pipeline_args] == [
        "--direct_num_workers=2"
    ]


def test_an_executor_without_beam_stays_as_it_is() -> None:
    executor = executable_spec_pb2.PythonClassExecutableSpec(class_path=CLASS)
    assert without_beam_args(executor) == (executor, {})

"""The process in which one node does its work.

It is forked from one that has imported this module, and with it TFX, TensorFlow and Beam, but has
started none of them: so it begins at once, and nothing that it does or breaks outlives it.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import apache_beam as beam
from absl import logging
from apache_beam.options.pipeline_options import StandardOptions
from google.protobuf import message
from tfx.orchestration.portable import (
    beam_executor_operator,
    data_types,
    python_executor_operator,
)
from tfx.proto.orchestration import executable_spec_pb2, execution_invocation_pb2

from components.errors import reason_of, user_error_in, user_error_in_text
from components.evaluator.autograph import leave_metrics_alone
from components.text import traceback_in_lines
from pipeline.beam_options import IN_MEMORY_RUNNER, in_memory
from pipeline.flink_job import FlinkJob, flink_job

_LOOK_EACH = 5  # seconds
_OPERATORS = {
    executable_spec_pb2.BeamExecutableSpec: beam_executor_operator.BeamExecutorOperator,
    executable_spec_pb2.PythonClassExecutableSpec: python_executor_operator.PythonExecutorOperator,
}


class Work(NamedTuple):
    """What a worker is to do.

    Attributes:
      kind: class of the executor's specification, a key of `_OPERATORS`.
      executor: the specification, serialized.
      execution: TFX's `ExecutionInvocation`, serialized.
      environment: variables of the process.
      log: file that takes what the process prints; "" for where this one's goes.
    """

    kind: type[message.Message]
    executor: bytes
    execution: bytes
    environment: Mapping[str, str]
    log: str = ""


class Answer(NamedTuple):
    """What came of it.

    Attributes:
      output: TFX's `ExecutorOutput`, serialized; empty if there is none.
      mistake: of the user's, in a sentence.
      failure: any other, in a line.
    """

    output: bytes = b""
    mistake: str = ""
    failure: str = ""


def prepare() -> None:
    """What every process that runs nodes sets before TFX does anything."""
    StandardOptions.DEFAULT_RUNNER = IN_MEMORY_RUNNER
    logging.set_verbosity(logging.INFO)
    leave_metrics_alone()


def serve(work: Work, parent: Connection) -> None:
    """Does a node's work, and answers; ends when the parent process does."""
    os.setpgid(0, 0)  # with its own children, which Beam may start, it ends as one
    # A terminal's Ctrl-C goes to the parent, which ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    job = flink_job(beam_arguments(work.kind.FromString(work.executor)))
    threading.Thread(target=_end_with, args=(parent, job), daemon=True).start()
    if work.log:
        _print_into(work.log)
    os.environ.clear()
    os.environ.update(work.environment)
    tempfile.tempdir = None  # where this environment says
    prepare()
    parent.send(_do(work, job))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # what TensorFlow and Beam would tidy up ends with the process


def _print_into(log: str) -> None:
    """Sends all that this process and its children print to a file, C++ libraries included."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def beam_arguments(executor: message.Message) -> list[str]:
    """The options for Beam that an executor's specification holds."""
    if not isinstance(executor, executable_spec_pb2.BeamExecutableSpec):
        return []
    return [each.value.string_value for each in executor.beam_pipeline_args_placeholders]


def _do(work: Work, job: FlinkJob | None) -> Answer:
    mistakes: list[str] = []
    if job:
        threading.Thread(target=_look_for_mistakes, args=(job, mistakes), daemon=True).start()
    try:
        executor, options = work.kind.FromString(work.executor), {}
        arguments = beam_arguments(executor)
        if arguments and in_memory(arguments):
            # From options of its own TFX would make a package of itself for Beam's workers, in
            # 2 s and 50 MB: those are of this very installation.
            del executor.beam_pipeline_args_placeholders[:]
            options["make_beam_pipeline_fn"] = functools.partial(beam.Pipeline, argv=arguments)
        operator = _OPERATORS[work.kind](executor)
        invocation = execution_invocation_pb2.ExecutionInvocation.FromString(work.execution)
        info = data_types.ExecutionInfo.from_proto(invocation)
        output = operator.run_executor(info, **options)
        _remove_leftovers(info)
        return Answer(output=output.SerializeToString())
    except Exception as error:
        sys.stderr.write(traceback_in_lines())
        for mistake in (*mistakes, user_error_in(error)):
            if mistake:
                return Answer(mistake=mistake)
        return Answer(failure=reason_of(error))


def _look_for_mistakes(job: FlinkJob, found: list[str]) -> None:
    """Ends a job that fails by a mistake of the user's, which Flink would try again and again."""
    while True:
        time.sleep(_LOOK_EACH)
        if mistake := user_error_in_text(job.error()):
            found.append(mistake)
            job.cancel()


def _remove_leftovers(info: data_types.ExecutionInfo) -> None:
    """Beam leaves folders of its own beside files that a worker was lost in writing."""
    for artifacts in info.output_dict.values():
        for artifact in artifacts:
            for folder in Path(artifact.uri).rglob("beam-temp-*"):
                shutil.rmtree(folder)


def _end_with(parent: Connection, job: FlinkJob | None) -> None:
    """Waits for the other end to close, which it does when the parent ends, however that is."""
    try:
        parent.poll(None)
        if job:
            job.cancel()
    finally:
        os.killpg(0, signal.SIGKILL)

"""Options for Beam as people give them with `--beam-arg`, looked at before a run begins."""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Sequence

from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.runner import create_runner

from components.errors import UserError
from components.text import is_utf8

# Beam's own default, from 2.68 on, first tries to download another runner.
IN_MEMORY_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
#: Options for Beam that hold unless others come after them.
IN_MEMORY = (
    f"--runner={IN_MEMORY_RUNNER}",
    "--direct_running_mode=in_memory",
    "--direct_num_workers=1",
)


def in_memory(arguments: Sequence[str]) -> bool:
    """Whether Beam works in the process that asks it, and in processes that this one starts."""
    runner = PipelineOptions(list(arguments)).view_as(StandardOptions).runner
    return runner in (None, IN_MEMORY_RUNNER)


def check_beam_args(arguments: Sequence[str]) -> None:
    """Looks at options for Beam. Those that only a runner's own programs know pass.

    Args:
      arguments: e.g. `--runner=FlinkRunner`, `--direct_num_workers=2`.

    Raises:
      UserError: one is no option, has a value that it cannot have, or names no runner.
    """
    for argument in arguments:
        if not argument.startswith("--"):
            raise UserError(f"--beam-arg {argument}: write it as --beam-arg=--option=value")
        if not is_utf8(argument):
            raise UserError(f"--beam-arg {argument}: is not text in UTF-8")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            options = PipelineOptions(list(arguments))
            options.get_all_options()
    except (SystemExit, argparse.ArgumentError) as error:
        reason = said.getvalue().strip().rpartition("error: ")[2] or str(error)
        raise UserError(f"--beam-arg: {reason}") from error
    runner = options.view_as(StandardOptions).runner
    if runner is None:
        return
    try:
        create_runner(runner)
    except (ValueError, ImportError, AttributeError) as error:
        raise UserError(f"--beam-arg --runner={runner}: {error}") from error

"""The options that say where Beam runs, of each command that has it work."""

from __future__ import annotations

import click

from pipeline.beam_engines import engine_arguments

#: They reach the command as `engine` and `beam_args`, which `beam_arguments` takes.
BEAM_OPTIONS = (
    click.option(
        "--beam",
        "engine",
        metavar="ADDRESS",
        help="where Beam runs, e.g. flink://HOST:8081?parallelism=4 (default: in memory)",
    ),
    click.option(
        "--beam-arg",
        "beam_args",
        multiple=True,
        metavar="ARG",
        help="an option for Beam, e.g. --beam-arg=--runner=FlinkRunner (may be repeated)",
    ),
)


def beam_arguments(engine: str | None, beam_args: tuple[str, ...]) -> tuple[str, ...]:
    """What the two options ask of Beam.

    Raises:
      UserError: the engine does not answer, or does not fit.
    """
    return (*(engine_arguments(engine) if engine else ()), *beam_args)

"""`predict`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from components.errors import UserError
from pipeline.cli import answers, complete, console
from pipeline.cli.asked_pictures import find_pictures, split_words
from pipeline.cli.beam import BEAM_OPTIONS, beam_arguments
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import FILE, json_option, root_option, with_options
from pipeline.runs.result import EXPERIMENT


def _beam_options(function: Callable[..., int | None]) -> Any:
    return with_options(function, BEAM_OPTIONS)


@click.command
@click.argument(
    "words", nargs=-1, required=True, metavar="[RUN] PICTURE...", shell_complete=complete.files
)
@click.option("--run", metavar="RUN", shell_complete=complete.runs, help="the run, said outright")
@json_option
@click.option("--csv", "table", type=FILE, metavar="FILE", help="write a table; - prints it")
@click.option("--output", type=FILE, metavar="FILE.parquet", help="write a table for many pictures")
@root_option
@_beam_options
def command(
    words: tuple[str, ...],
    run: str | None,
    as_json: bool,
    table: Path | None,
    output: Path | None,
    root: Path,
    engine: str | None,
    beam_args: tuple[str, ...],
) -> int | None:
    """Ask a finished run's candidate about pictures.

    PICTURE is a file or a folder, whose pictures are all asked about. RUN is a run's id or an
    experiment; default: the last run. The first word is the run where there is a run of that name
    and no such file; with --run, all words are pictures. A picture that cannot be read has an error
    in place of an answer, and the exit code is 2; the others are answered.
    """
    if sum(map(bool, (as_json, table, output))) > 1:
        raise UserError("--json, --csv and --output: give one of them")
    if output:
        answers.check_parquet(output)
    on_engine = beam_arguments(engine, beam_args)
    folder, files = split_words(root, run, words)
    pictures = find_pictures(files)
    from pipeline.runs.predict import ask_candidate

    answered = console.quietly(ask_candidate(folder, pictures, on_engine))
    if output:
        classes = folder.read(EXPERIMENT).dataset.class_names
        failed = answers.as_parquet(answered, classes, output)
    elif table:
        failed = answers.as_csv(answered, table)
    else:
        failed = answers.as_json(answered) if as_json else answers.as_lines(answered)
    for answer in failed:
        console.complain(f"error: {answer.file} {answer.error}")
    return ExitCode.MISTAKE if failed else None

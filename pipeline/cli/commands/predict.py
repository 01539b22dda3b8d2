"""`predict`."""

from __future__ import annotations

from pathlib import Path

import click

from components.errors import UserError
from pipeline.cli import answers, complete, console
from pipeline.cli.asked_pictures import find_pictures, split_words
from pipeline.cli.exit_codes import ExitCode
from pipeline.cli.options import FILE, json_option, root_option


@click.command
@click.argument(
    "words", nargs=-1, required=True, metavar="[RUN] PICTURE...", shell_complete=complete.files
)
@click.option("--run", metavar="RUN", shell_complete=complete.runs, help="the run, said outright")
@json_option
@click.option("--csv", "table", type=FILE, metavar="FILE", help="write a table; - prints it")
@root_option
def command(
    words: tuple[str, ...], run: str | None, as_json: bool, table: Path | None, root: Path
) -> int | None:
    """Ask a finished run's candidate about pictures.

    PICTURE is a file or a folder, whose pictures are all asked about. RUN is a run's id or an
    experiment; default: the last run. The first word is the run where there is a run of that name
    and no such file; with --run, all words are pictures. A picture that cannot be read has an error
    in place of an answer, and the exit code is 2; the others are answered.
    """
    if as_json and table:
        raise UserError("--json and --csv: give one of them")
    folder, files = split_words(root, run, words)
    pictures = find_pictures(files)
    from pipeline.runs.predict import ask_candidate

    answered = console.quietly(ask_candidate(folder, pictures))
    if table:
        failed = answers.as_csv(answered, table)
    else:
        failed = answers.as_json(answered) if as_json else answers.as_lines(answered)
    for answer in failed:
        console.complain(f"error: {answer.file} {answer.error}")
    return ExitCode.MISTAKE if failed else None

"""A candidate's answers as lines, as JSON, and as a table in CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from components.errors import UserError
from components.text import in_line
from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.runs.predict import Answer

_SHOWN = 3  # of the classes: the most probable ones
_STANDARD_OUTPUT = Path("-")


def as_lines(answers: Iterable[Answer]) -> list[Answer]:
    """A line a picture that was answered; gives the others."""
    failed = []
    for answer in answers:
        if answer.error:
            failed.append(answer)
            continue
        shown = sorted(answer.probabilities.items(), key=lambda item: -item[1])[:_SHOWN]
        listed = ", ".join(f"{name} {share:.3f}" for name, share in shown)
        console.say(f"{answer.file}: {listed}")
    return failed


def as_json(answers: Iterable[Answer]) -> list[Answer]:
    """A list, an object a picture; gives those that were not answered."""
    answers = list(answers)
    listed = [
        {
            "file": str(answer.file),
            "class": answer.class_name,
            "probabilities": answer.probabilities,
            "error": answer.error,
        }
        for answer in answers
    ]
    console.say_json(listed)
    return [answer for answer in answers if answer.error]


def as_csv(answers: Iterable[Answer], table: Path) -> list[Answer]:
    """A table, a row a picture, with a column a class; gives those that were not answered.

    Args:
      answers: of the pictures.
      table: the file; "-" is the standard output.

    Raises:
      UserError: the file cannot be written.
    """
    rows = list(answers)
    classes = next((list(row.probabilities) for row in rows if row.probabilities), [])
    with _opened(table) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "class", *(f"p({in_line(name)})" for name in classes), "error"])
        for row in rows:
            shares = [row.probabilities.get(name, "") for name in classes]
            # Whatever is in a name, a row is one line.
            name, error = in_line(row.file), in_line(row.error)
            writer.writerow([name, in_line(row.class_name), *shares, error])
    if table != _STANDARD_OUTPUT:
        console.say(str(table))
    return [row for row in rows if row.error]


@contextmanager
def _opened(table: Path) -> Iterator[TextIO]:
    if table == _STANDARD_OUTPUT:
        yield sys.stdout
        return
    try:
        with open(table, "w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise UserError(f"cannot write {table}: {error.strerror}") from error

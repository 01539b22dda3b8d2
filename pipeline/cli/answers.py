"""A candidate's answers as lines, as JSON, and as a table in CSV or Parquet."""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from components.errors import UserError
from components.text import in_line
from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.runs.predict import Answer

_SHOWN = 3  # of the classes: the most probable ones
_ROWS = 5_000  # of a Parquet file, held at a time
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


def check_parquet(table: Path) -> None:
    """Makes sure that a table can be written there, before pictures are asked about.

    Raises:
      UserError: it cannot.
    """
    if table.suffix != ".parquet":
        raise UserError(f"--output {table}: the table is a Parquet file, so end it in .parquet")
    if not table.parent.is_dir():
        raise UserError(f"cannot write {table}: there is no folder {table.parent}")


def as_parquet(answers: Iterable[Answer], class_names: Sequence[str], table: Path) -> list[Answer]:
    """A table of any number of pictures, a row each; gives those that were not answered.

    Its columns are those of `as_csv`: `file`, `class`, float32 `p(CLASS)` a class, `error`. A
    picture that was not answered has no class and no probabilities. It is written aside, and gets
    its name when it is whole.

    Args:
      answers: of the pictures.
      class_names: of the classes 0, 1, …
      table: see `check_parquet`.

    Raises:
      UserError: the file cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    shares = {f"p({name})": name for name in class_names}
    fields = [("file", pa.string()), ("class", pa.string())]
    fields += [*((share, pa.float32()) for share in shares), ("error", pa.string())]
    schema = pa.schema(fields)
    answers, failed = iter(answers), []
    aside = table.with_name(f".{table.name}.part")
    try:
        with parquet.ParquetWriter(aside, schema) as writer:
            while rows := list(itertools.islice(answers, _ROWS)):
                failed += [row for row in rows if row.error]
                columns = {
                    "file": [in_line(row.file) for row in rows],
                    "class": [row.class_name or None for row in rows],
                    **{s: [row.probabilities.get(n) for row in rows] for s, n in shares.items()},
                    "error": [in_line(row.error) or None for row in rows],
                }
                writer.write_table(pa.table(columns, schema=schema))
        aside.replace(table)
    except OSError as error:
        raise UserError(f"cannot write {table}: {error.strerror or error}") from error
    finally:
        aside.unlink(missing_ok=True)
    console.say(str(table))
    return failed


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

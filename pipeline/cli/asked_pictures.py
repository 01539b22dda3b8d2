"""Which run, and which pictures, the words of `predict` name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from components.errors import UserError
from components.ingestion.folder import files_below
from components.ingestion.picture_file import ENDINGS
from pipeline.cli import console
from pipeline.cli.options import FILE
from pipeline.cli.words import count
from pipeline.runs.folders import RunFolder, experiment_folders, find_run

_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)


def split_words(
    root: Path, run: str | None, words: Sequence[str]
) -> tuple[RunFolder, Sequence[Path]]:
    """The run, and the files and folders.

    Args:
      root: folder of all runs.
      run: what `--run` says.
      words: the other ones; the first may name the run.

    Raises:
      UserError: there is no such run, or the first word may mean a run as well as a file.
      click.UsageError: no picture is named.
    """
    first, *others = words
    for word in others if run is None else words:
        FILE.convert(word, None, None)  # an address is refused before a run is looked for
    if run is None and _names_run(root, first):
        if Path(first).exists():
            raise UserError(
                f"{first} is a run and a file: write ./{first} for the file, or --run {first}"
            )
        run, words = first, words[1:]
        if not words:
            raise click.UsageError("Missing argument 'PICTURE...'.", click.get_current_context())
    elif run is None and not _like_a_file(first):
        raise UserError(f"{first} is no file, and no run in {root}: `runs` lists those")
    return find_run(root, run), [FILE.convert(word, None, None) for word in words]


def find_pictures(files: Iterable[Path]) -> list[Path]:
    """The files, and those below the folders whose names end as those of pictures do.

    What else is in a folder is counted, on the standard error.

    Raises:
      UserError: a folder cannot be read, or holds no pictures.
    """
    pictures: list[Path] = []
    for file in files:
        if not file.is_dir():
            pictures.append(file)
            continue
        below = list(files_below(file))
        like_pictures = [name for name in below if name.lower().endswith(_ENDINGS)]
        if not like_pictures:
            raise UserError(f"{file} holds no pictures: none of its files has a name like .jpg")
        if others := len(below) - len(like_pictures):
            left_out = f"{count(others, 'file')} without a picture's name"
            console.complain(f"note: {file}: left out {left_out}")
        pictures += [file / name for name in like_pictures]
    return pictures


def _names_run(root: Path, word: str) -> bool:
    folders = experiment_folders(root)
    return any(folder.path.name == word for folder in folders) or any(
        run.id == word for folder in folders for run in folder.runs()
    )


def _like_a_file(word: str) -> bool:
    return os.sep in word or word.lower().endswith(_ENDINGS) or Path(word).exists() or "://" in word

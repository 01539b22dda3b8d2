"""A request whose data are pictures of the user's own: settled, and what was decided is said."""

from __future__ import annotations

import dataclasses

from components.files import is_address
from components.ingestion.class_finder import ClassFinder
from pipeline.cli import console
from pipeline.cli.options import Request
from pipeline.datasets import locate
from pipeline.settings.own_pictures import settle


def settled(request: Request) -> tuple[Request, tuple[str, ...]]:
    """The request with the experiment that its folder of pictures makes, and what to say of it.

    Raises:
      UserError: a change cannot be made, or the folder cannot be understood.
    """
    found = settle(request.experiment, request.changes, request.data)
    return dataclasses.replace(request, experiment=found.experiment), found.notes


def settled_for_cluster(request: Request) -> Request:
    """The same, before a request is compiled; says what is to be said, also of a folder elsewhere.

    Raises:
      UserError: see `settled`.
    """
    if is_address(request.data):  # it is refused later, and need not be fetched for that
        return request
    request, notes = settled(request)
    say_notes(notes)
    dataset = request.changed().dataset
    folder = locate.own_folder(request.data)
    unseen = folder is not None and not folder.exists()
    if unseen and isinstance(dataset.make_reader(), ClassFinder):
        console.say(
            f"note: {request.data} is not on this machine, so the classes are "
            f"{', '.join(dataset.class_names)}, whatever it holds: others are named by "
            "--set dataset.class_names=…"
        )
    return request


def say_notes(notes: tuple[str, ...]) -> None:
    """Says them, a line each."""
    for note in notes:
        console.say(note)

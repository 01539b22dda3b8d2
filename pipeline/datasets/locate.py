"""Finds an experiment's data and weights, or fetches them, verified, with a progress bar."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from components.code import load
from components.errors import UserError
from pipeline.datasets import sources
from pipeline.settings.experiment import Experiment

_DATA = Path(__file__).resolve().parents[2] / "data"

#: Where known data sets come from.
SOURCES = _DATA / "sources.yaml"
#: Where what is fetched is kept: $PIPELINE_DATA, or the folder `data` of the project.
CACHE = Path(os.environ.get("PIPELINE_DATA") or _DATA)


@dataclass(frozen=True)
class Weights:
    """A file of a backbone's weights.

    Attributes:
      file: its path.
      sha256: of its content; "" where it is not known yet.
    """

    file: str
    sha256: str


def data(experiment: Experiment, request: str) -> sources.Located:
    """Finds an experiment's data.

    Args:
      experiment: whose data.
      request: "auto", "official", "sample", or a folder or archive, see `data/README.md`.

    Raises:
      UserError: they cannot be had, or are broken.
    """
    reader = load(experiment.dataset.reader)(experiment.dataset.class_names)
    if not experiment.dataset.source:
        folder = request if request != sources.AUTO else experiment.dataset.folder
        if not folder or folder in (sources.OFFICIAL, sources.SAMPLE):
            raise UserError(f"{experiment.name} has data of its own: name their folder with --data")
        return sources.in_folder(Path(folder), reader, None, CACHE)
    known = sources.load_sources(SOURCES)
    with _download_bar() as (progress, notice):
        source = known[experiment.dataset.source]
        return sources.locate(source, reader, request, CACHE, progress=progress, notice=notice)


def weights(experiment: Experiment) -> dict[str, Weights]:
    """The files of the backbones' weights, by what the arms say; fetches those of ImageNet.

    Raises:
      UserError: a file is not there, or ImageNet's weights cannot be fetched.
    """
    found = {}
    for arm in experiment.arms.values():
        request = getattr(arm, "backbone_weights", "none")
        if request == "none":
            continue
        if request == "imagenet":
            known = sources.load_sources(_DATA / "weights.yaml")
            with _download_bar() as (progress, _):
                source = known["resnet50-imagenet"]
                file = sources.locate_file(source, CACHE, progress=progress)
        else:
            file = Path(request).expanduser().resolve()
            if not file.is_file():
                raise UserError(
                    f"no file {request} with a backbone's weights: give imagenet, none, or a file"
                )
        found[request] = Weights(str(file), hashlib.sha256(file.read_bytes()).hexdigest())
    return found


@contextlib.contextmanager
def _download_bar() -> Iterator[tuple[sources.Progress, Callable[[str], None]]]:
    """Gives what shows how far downloads are, and what prints a line."""
    out = Console(soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    bar = Progress(*columns, console=out, transient=True)
    tasks: dict[str, Any] = {}

    def progress(what: str, done: int, total: int | None) -> None:
        if what not in tasks:
            out.print(f"fetching {what}")
            tasks[what] = bar.add_task(what, total=total)
            if out.is_terminal:
                bar.start()
        bar.update(tasks[what], completed=done, total=total)

    try:
        yield progress, out.print
    finally:
        if out.is_terminal:
            bar.stop()

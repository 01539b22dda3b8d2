"""Whether the same command has been answered already, told in a second and without TFX.

A finished run notes what its answer rests on: the experiment with all settings, the bytes of its
data, the code, the installed packages, variables of the environment. Where all of that is the same,
and all that the run left is whole, the cache would hold every node, so its answer is told again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import platform
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import components
import pipeline
from components.code import code_fingerprint, is_own
from components.environment import recorded
from components.errors import UserError
from components.files import absolute
from components.ingestion.folder import files_like
from components.ingestion.parallel import in_parallel
from components.manifest import damage, file_sha256
from components.settings import to_json
from pipeline.datasets.locate import AUTO, OFFICIAL, SAMPLE
from pipeline.runs.folders import ExperimentFolder, RunFolder
from pipeline.runs.stored import StoredFile, checked
from pipeline.settings.experiment import Experiment


@dataclass(frozen=True)
class Basis:
    """What a run's answer rests on.

    Attributes:
      settings: digest of the experiment, the code and the surroundings.
      content: digest of the bytes of the data and of `files`.
      data: the data's folder.
      files: of backbones' weights, and the archive that the data were unpacked from.
      left: what the nodes left, relative to the experiment's folder: folder → the artifact that
        it is or is a copy of.
    """

    settings: str
    content: str
    data: str
    files: list[str]
    left: dict[str, str]


BASIS = StoredFile("basis.json", checked(Basis))


def look(
    experiment: Experiment, request: str, gpu: bool, data: Path, files: Iterable[str]
) -> Basis:
    """What a run is going to rest on; of what it leaves, nothing yet.

    Args:
      experiment: with all changes of its settings.
      request: where its data were asked for, see `data/README.md`.
      gpu: whether there is one.
      data: the folder of its data.
      files: of backbones' weights.

    Raises:
      UserError: a folder cannot be read.
      OSError: a file cannot be read.
    """
    asked = absolute(request)
    known = sorted({*files, str(asked)} if asked.is_file() else files)
    patterns = tuple(experiment.dataset.make_reader().patterns.values())
    content = _content(data, patterns, tuple(known))
    return Basis(_settings(experiment, request, gpu), content, str(data), known, {})


def note(run: RunFolder, before: Basis, after: Basis) -> None:
    """Notes on what a finished run rests, unless that changed meanwhile."""
    from pipeline.runs.metadata import read_run  # ML Metadata takes a second

    if before != after:
        return
    home = run.experiment
    left = {}
    for record in read_run(home.metadata, run.tfx_run).values():
        for key, folder in record.outputs.items():
            artifact = os.path.relpath(folder, home.path)
            left[artifact] = artifact
            if copy := record.properties[key].get("pushed_destination"):
                left[os.path.relpath(copy, home.path)] = artifact
    run.write(BASIS, dataclasses.replace(before, left=left))


def find(
    home: ExperimentFolder, experiment: Experiment, request: str, gpu: bool
) -> RunFolder | None:
    """The last run that answered the same from the same, and is whole; None if there is none."""
    settings = _settings(experiment, request, gpu)
    try:
        runs = home.runs()
    except OSError:  # whoever writes there says what is wrong
        return None
    for run in reversed(runs):
        try:
            basis = run.read(BASIS)
            if basis.settings != settings:
                continue
            now = look(experiment, request, gpu, Path(basis.data), basis.files)
        except (UserError, OSError):  # not finished, of another version, or its data are gone
            continue
        whole = run.report.exists() and not any(
            damage(home.path / folder, like=home.path / artifact)
            for folder, artifact in basis.left.items()
        )
        if now.content == basis.content and whole:
            return run
    return None


def _settings(experiment: Experiment, request: str, gpu: bool) -> str:
    where = request
    if request not in (AUTO, OFFICIAL, SAMPLE):
        where = str(absolute(request))
    return _digest(
        to_json(experiment),
        where,
        str(gpu),
        *(f"{name}={value}" for name, value in sorted(recorded().items())),
        _code(experiment),
        platform.python_version(),
        *_installed(),
    )


def _code(experiment: Experiment) -> str:
    """This project's code, and that of modules that the experiment names."""
    digest = hashlib.sha256()
    for package in (components, pipeline):
        folder = Path(str(package.__file__)).parent
        for file in sorted(folder.rglob("*.py")):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(folder)} {content}\n".encode())
    models = [arm.model for arm in experiment.arms.values()]
    named = [experiment.dataset.reader, experiment.augmentation, *models]
    others = [path for path in named if "." in path and not is_own(path)]
    return digest.hexdigest() + (code_fingerprint(*others) if others else "")


def _installed() -> list[str]:
    """Names and versions of the installed packages, as their folders have them."""
    folder = Path(sysconfig.get_path("purelib"))
    return sorted(path.name for path in folder.glob("*.dist-info"))


def _content(data: Path, patterns: tuple[str, ...], files: tuple[str, ...]) -> str:
    named = chain(
        ((name, data / name) for name in files_like(data, patterns)),
        ((file, Path(file)) for file in files),
    )
    digest = hashlib.sha256()
    for each in in_parallel(lambda file: f"{file[0]} {file_sha256(file[1])}\0", named):
        digest.update(each.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()

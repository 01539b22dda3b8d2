"""`--data FOLDER` with other classes than an experiment's: the experiment asked of these pictures.

An experiment whose format is folders of classes takes the classes from the folder, and its models
follow: their last layer has as many outputs. It gets a name of its own, so that its runs, cache and
reports are not those of the experiment that it is made of.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.errors import UserError
from components.files import absolute, is_address
from components.ingestion.class_finder import ClassFinder
from components.ingestion.formats.found_classes import same_classes
from components.text import in_line
from pipeline.datasets import locate
from pipeline.datasets.data_set import DataSet
from pipeline.datasets.entries import SUFFIXES
from pipeline.settings.experiment import Experiment
from pipeline.settings.overrides import override
from pipeline.settings.steps import batch_size_for, training_pictures

_TEST_FRACTION = 0.25
_FEWEST = 4  # pictures of a class, of which a quarter is drawn for the test
_LONGEST_NAME = 50
_NAMED = 10  # classes, in a line


@dataclass(frozen=True)
class Settled:
    """An experiment on the pictures that it is asked of.

    Attributes:
      experiment: before any change of its settings.
      notes: what was decided, a sentence each; empty where it is as it is written.
    """

    experiment: Experiment
    notes: tuple[str, ...] = ()


def settle(experiment: Experiment, changes: Sequence[str], request: str) -> Settled:
    """Takes the classes from the folder, where they are not the experiment's own.

    Args:
      experiment: as it is written.
      changes: of its settings, in the form of `--set`. A data set that they name is taken as it is
        described; class names, and whatever else they set, stay so.
      request: where its data are, see `data/README.md`.

    Raises:
      UserError: a change cannot be made, or the folder cannot be understood.
    """
    changed = override(experiment, changes).dataset
    if any(change.startswith("dataset=") for change in changes):
        return Settled(experiment)
    reader = changed.make_reader()
    if not isinstance(reader, ClassFinder):
        return Settled(experiment)
    folder = locate.own_folder(request)
    if folder is None or not folder.is_dir():
        return Settled(experiment)
    named = changed.class_names != experiment.dataset.class_names
    own = dataclasses.replace(changed, options={})  # these are of the experiment's archives
    if not named:
        found = () if _has_own(reader, folder) else reader.find_classes(folder)
        if len(found) < 2 or same_classes(found, changed.class_names):
            return Settled(experiment)
        own = dataclasses.replace(own, class_names=found)
    return _asked_of(experiment, changes, own, folder, _label(request, folder), named)


def of_classes(experiment: Experiment, classes: int) -> Experiment:
    """What of an experiment follows the number of classes of a folder, whichever that is.

    All pictures are used, and its gate asks for an accuracy that is as far on the way from chance
    to 1 as before.
    """
    gate, before = experiment.gate, len(experiment.dataset.class_names)
    if classes != before and before > 1:
        way = max(0.0, (gate.min_accuracy - 1 / before) / (1 - 1 / before))
        least = round(1 / classes + way * (1 - 1 / classes), 2)
        gate = dataclasses.replace(gate, min_accuracy=least)
    dataset = dataclasses.replace(experiment.dataset, data_subset=0)
    return dataclasses.replace(experiment, dataset=dataset, gate=gate)


def _asked_of(
    experiment: Experiment,
    changes: Sequence[str],
    dataset: DataSet,
    folder: Path,
    label: str,
    named: bool,
) -> Settled:
    reader = dataset.make_reader()
    assert isinstance(reader, ClassFinder)
    counts = reader.count(folder)
    dataset = dataclasses.replace(
        dataset,
        title=label,
        source=None,
        folder="",
        data_subset=0,
        test_fraction=0.0 if counts["test"] else _TEST_FRACTION,
    )
    name, classes = _name(experiment.name, label), len(dataset.class_names)
    whose = "named by dataset.class_names" if named else "taken from its folders"
    notes = [
        f"{classes} classes, {whose}: {_listed(dataset, counts['train'])}",
        f"{name} is the name of this experiment: {experiment.name}, asked of {label}",
    ]
    made = dataclasses.replace(
        experiment,
        name=name,
        question=f"{experiment.question} Asked of {label}.",
        variant_of=experiment.name,
        dataset=dataset,
        gate=of_classes(experiment, classes).gate,
    )
    if not _sets(changes, "dataset.test_fraction") and not counts["test"]:
        _check_enough(folder, dataset, counts["train"])
        notes.append(
            f"it has no test set: a quarter of each class is drawn as one "
            f"(dataset.test_fraction={_TEST_FRACTION})"
        )
    if made.gate != experiment.gate and not _sets(changes, "gate.min_accuracy"):
        notes.append(
            f"with {classes} classes, a candidate is blessed from an accuracy of "
            f"{made.gate.min_accuracy:g} on (gate.min_accuracy; with "
            f"{len(experiment.dataset.class_names)} it is {experiment.gate.min_accuracy:g})"
        )
    made, smaller = _with_smaller_batches(
        made, changes, {source: sum(counted.values()) for source, counted in counts.items()}
    )
    return Settled(made, (*notes, *smaller))


def _with_smaller_batches(
    experiment: Experiment, changes: Sequence[str], counts: Mapping[str, int]
) -> tuple[Experiment, list[str]]:
    """The experiment with batches that give enough steps an epoch, and what is said of it."""
    pictures = training_pictures(override(experiment, changes).dataset, counts)
    arms: dict[str, Any] = {}
    smaller = []
    for role, arm in experiment.arms.items():
        size = batch_size_for(pictures, arm.batch_size)
        if size < arm.batch_size and not _sets(changes, f"{role}.batch_size"):
            arms[role] = dataclasses.replace(arm, batch_size=size)
            smaller.append(f"{role}.batch_size={size} in the place of {arm.batch_size}")
    if not arms:
        return experiment, []
    note = (
        f"about {pictures:,} training pictures are few for the experiment's batches: "
        f"{', '.join(smaller)}"
    )
    return dataclasses.replace(experiment, **arms), [note]


def _check_enough(folder: Path, dataset: DataSet, counts: Mapping[int, int]) -> None:
    for label, class_name in enumerate(dataset.class_names):
        if counts[label] < _FEWEST:
            raise UserError(
                f"{folder} holds {counts[label]} of class {class_name!r}: a class needs "
                f"{_FEWEST} pictures at least, to train on and to test with"
            )


def _has_own(reader: ClassFinder, folder: Path) -> bool:
    """Whether a folder holds the classes that a reader is of, as it understands folders."""
    try:
        reader.count(folder)
    except UserError:
        return False
    return True


def _sets(changes: Sequence[str], setting: str) -> bool:
    return any(change.startswith(f"{setting}=") for change in changes)


def _listed(dataset: DataSet, counts: Mapping[int, int]) -> str:
    """The classes with the number of their pictures that are not of a test set of their own."""
    listed = [f"{name} ({counts[label]:,})" for label, name in enumerate(dataset.class_names)]
    return ", ".join(listed[:_NAMED]) + (", …" if len(listed) > _NAMED else "")


def _label(request: str, folder: Path) -> str:
    """What people call the folder or archive."""
    name = request.rstrip("/").rpartition("/")[2] if is_address(request) else ""
    name = name or absolute(request).name or folder.name
    ending = next((end for end in SUFFIXES if name.lower().endswith(end)), "")
    return in_line(name[: len(name) - len(ending)] or name)


def _name(experiment: str, label: str) -> str:
    """The experiment's name and the folder's, in the letters that a name may have."""
    letters = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    of_folder = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if not of_folder:  # of a script that has none of these letters
        of_folder = hashlib.sha256(label.encode()).hexdigest()[:8]
    return f"{experiment[: _LONGEST_NAME // 2]}-{of_folder}"[:_LONGEST_NAME].strip("-")

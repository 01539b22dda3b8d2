"""The layouts that people keep pictures of classes in, understood from the paths alone.

A picture's class is the folder of the class that it lies in, at any depth, or else the beginning
of its name: `cat/0.jpg`, `Dogs/holiday/1.jpg`, `cat.0.jpg`. Its part is a folder anywhere on the
path: `train/…`, `Test/…`, `cat/valid/…`. All pictures of a part lie in the same place; what lies
elsewhere is refused or left out with a reason, never used by guessing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from components.errors import UserError
from components.ingestion.catalogue import Catalogue
from components.ingestion.folder import files_below
from components.ingestion.picture_file import ENDINGS
from components.text import is_utf8

TRAIN, TEST, VALIDATION = "train", "test", "validation"
_PARTS = {
    "train": TRAIN,
    "training": TRAIN,
    "test": TEST,
    "tests": TEST,
    "testing": TEST,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
}
_SET = re.compile(r"[ _-]?set$")  # training_set, testset
#: Ends of the names of picture files, in lower case.
PICTURE_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)
_NAMED = 5  # at most, in a message


@dataclass
class Layout:
    """What a folder holds.

    Attributes:
      pictures: those of the parts `TRAIN`, `TEST` and `VALIDATION`, as paths relative to the
        folder.
      left_out: reason → files that are none of the data set's pictures, likewise.
    """

    pictures: Catalogue = field(default_factory=Catalogue)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    def leave_out(self, reason: str, name: str) -> None:
        """Notes a file that is not used."""
        self.left_out.setdefault(reason, []).append(name)


class Placed(NamedTuple):
    """Where a picture stands.

    Attributes:
      part: one of `TRAIN`, `TEST`, `VALIDATION`; "" where no folder says it.
      label: of its class; None where nothing says it.
      place: the folders above that of its class; of a picture without one, all folders.
      by_folder: whether a folder says its class.
    """

    part: str
    label: int | None
    place: tuple[str, ...]
    by_folder: bool


class ClassFolders:
    """Understands the paths of pictures of some classes."""

    def __init__(
        self,
        class_names: Sequence[str],
        inner_folder: str = "",
        ignored_folders: Iterable[str] = (),
    ):
        """Takes what a data set says of itself.

        Args:
          class_names: names of the labels 0, 1, …; case and a plural s do not matter.
          inner_folder: a folder that holds all pictures, where there is one of this name.
          ignored_folders: names of folders with other pictures; case does not matter.
        """
        self._class_names = class_names
        self._inner_folder = inner_folder
        self._ignored = {name.lower() for name in ignored_folders}
        self._labels = {spelled(name): label for label, name in enumerate(class_names)}
        loose = [
            (spelling, label)
            for name, label in self._labels.items()
            for spelling in {name.lower(), f"{name.lower()}s"}
        ]
        often = Counter(spelling for spelling, _ in loose)
        # Of letters there may be classes a and A: only what is spelled exactly is told apart then.
        self._loose = {spelling: label for spelling, label in loose if often[spelling] == 1}

    def understand(self, folder: Path) -> Layout:
        """The pictures below a folder, by part and class.

        Raises:
          UserError: they lie in no layout that is known; the text says what was found.
        """
        layout = Layout()
        places: dict[str, Counter[tuple[str, ...]]] = {
            part: Counter() for part in (TRAIN, TEST, VALIDATION)
        }
        by_folder = set()
        strangers = {}
        folders: Counter[tuple[str, ...]] = Counter()
        for name in self._candidates(folder, layout):
            at = self.place(name)
            folders[PurePosixPath(name).parts[:-1]] += 1
            if at.label is None:
                strangers[name] = at.place
                continue
            part = at.part or TRAIN
            layout.pictures.add(part, at.label, name)
            places[part][at.place] += 1
            if at.by_folder:
                by_folder.add(at.place)
        for part, counted in places.items():
            if len(counted) > 1:
                raise UserError(
                    f"the pictures of {part} lie in {len(counted)} places of {folder}: "
                    f"{_listed(counted)}. Keep one of them, or name the folders of the others in "
                    "dataset.options.ignored_folders"
                )
        self._check_classes(folder, layout, folders)
        known = {place for counted in places.values() for place in counted}
        for name, place in strangers.items():
            self._check_stranger(folder, name, place, known, by_folder)
            layout.leave_out("a picture, but of no class", name)
        return layout

    def place(self, name: str) -> Placed:
        """Where a picture stands, by its path.

        Raises:
          UserError: its path says two things.
        """
        *folders, file = PurePosixPath(name).parts
        by_name = self._label(file.partition(".")[0])
        by_place = {i: self._label(each) for i, each in enumerate(folders)}
        labels = {i: label for i, label in by_place.items() if label is not None}
        at = max(labels, default=None)
        if at is not None:
            label = labels[at]
            # A class may be called like a part: of train/train/0.jpg the first folder is the part.
            certain = [i for i in labels if not part_of(folders[i])]
            others = {labels[i] for i in certain} - {label}
            if others:
                raise UserError(
                    f"{name} lies in the folders of two classes: {self._class_names[label]} and "
                    f"{self._class_names[others.pop()]}"
                )
            at = min([i for i in certain if labels[i] == label], default=at)
            if part_of(folders[at]) and by_name is not None:
                at = None
        parts = {part_of(each) for i, each in enumerate(folders) if i != at} - {""}
        if len(parts) > 1:
            raise UserError(f"{name} lies in folders of {' and of '.join(sorted(parts))}")
        part = parts.pop() if parts else ""
        if at is None:
            return Placed(part, by_name, tuple(folders), False)
        return Placed(part, labels[at], tuple(folders[:at]), True)

    def _label(self, name: str) -> int | None:
        """The label of the class that a folder or the beginning of a name spells."""
        exactly = spelled(name)
        return self._labels.get(exactly, self._loose.get(exactly.lower()))

    def _candidates(self, folder: Path, layout: Layout) -> Iterator[str]:
        """The files that may be pictures of the data set; the others are left out."""
        inner = f"{self._inner_folder}/"
        within = bool(self._inner_folder) and any(
            name.startswith(inner) for name in files_below(folder)
        )
        for name in files_below(folder):
            folders = {each.lower() for each in PurePosixPath(name).parts[:-1]}
            if not is_utf8(name):
                shown = name.encode(errors="backslashreplace").decode()
                layout.leave_out("its path is not UTF-8", shown)
            elif within and not name.startswith(inner):
                layout.leave_out(f"not in the folder {self._inner_folder}", name)
            elif folders & self._ignored:
                layout.leave_out("in a folder that dataset.options.ignored_folders names", name)
            elif not name.lower().endswith(PICTURE_ENDINGS):
                layout.leave_out("by its name no picture", name)
            elif not (folder / name).is_file():
                layout.leave_out("not a regular file, or a link to nothing", name)
            else:
                yield name

    def _check_classes(
        self, folder: Path, layout: Layout, folders: Counter[tuple[str, ...]]
    ) -> None:
        train = layout.pictures.counts(TRAIN)
        missing = [name for label, name in enumerate(self._class_names) if label not in train]
        if not missing:
            return
        others = sum(map(len, layout.left_out.values()))
        holds = [f"pictures in {_listed(folders)}"] if folders else []
        holds += [f"other files ({others:,})"] if others else []
        found = f"it holds {', '.join(holds)}" if holds else "it is empty"
        if not train:
            raise UserError(
                f"{folder} holds no pictures of {', '.join(map(repr, missing))}: their files must "
                f"be named like {missing[0]}.0.jpg, or lie in folders named like the classes; "
                f"{found}"
            )
        raise UserError(f"{folder} holds no training pictures of class {missing[0]!r}: {found}")

    def _check_stranger(
        self,
        folder: Path,
        name: str,
        place: tuple[str, ...],
        known: set[tuple[str, ...]],
        by_folder: set[tuple[str, ...]],
    ) -> None:
        """Refuses a folder of no class among those of classes, and a name among such names.

        Raises:
          UserError: the picture seems to be of a class that the data set does not name.
        """
        stranger = ""
        if place in known and place not in by_folder:
            stranger = name
        for depth in range(len(place)):
            if place[:depth] in by_folder and not part_of(place[depth]):
                stranger = "/".join(place[: depth + 1])
        if stranger:
            raise UserError(
                f"{folder / stranger} belongs to none of the classes "
                f"{', '.join(self._class_names)}: move it away, correct dataset.class_names, or "
                "name its folder in dataset.options.ignored_folders"
            )


def part_of(folder: str) -> str:
    """The part that a folder's name says; "" if none. Case does not matter."""
    return _PARTS.get(folder.lower()) or _PARTS.get(_SET.sub("", folder.lower()), "")


def spelled(name: str) -> str:
    """A name in one of the ways in which Unicode can spell it: macOS has another than Linux."""
    return unicodedata.normalize("NFC", name)


def _listed(counted: Counter[tuple[str, ...]]) -> str:
    """Folders and how many pictures each holds, the most first."""
    named = [
        f"{'/'.join(place) or '.'} ({number:,})"
        for place, number in sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:_NAMED]
    ]
    return ", ".join(named) + (", …" if len(counted) > _NAMED else "")

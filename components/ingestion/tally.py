"""What shards hold, counted by many workers: added up, checked, and written beside the splits."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import tensorflow as tf

from components import features
from components.errors import UserError
from components.ingestion.leaks import Copies, Leaks
from components.result_file import ResultFile

#: In the examples artifact, beside the splits: pictures per split and class, and what a
#: person should know of some of them: [{"note", "used", "count", "pictures"}, …].
COUNTS_FILE, NOTES_FILE = "counts.json", "notes.json"
#: Likewise: pictures that stand more than once, see `read_leaks`.
LEAKS = ResultFile("leaks.json", version=1)
#: Likewise: what was read, by the names and checksums of `Contents.sha256`.
CONTENT = ResultFile("content.json", version=1)

# At most so many are named for one note; pictures that cannot be used are all named.
_NAMED = 20


@dataclass
class Tally:
    """What shards hold.

    Attributes:
      pictures: (split, label) → number of pictures.
      notes: (note, whether the picture is used) → names of pictures, used ones up to
        `_NAMED`.
      noted: the same → number of pictures.
    """

    pictures: Counter[tuple[str, int]] = field(default_factory=Counter)
    notes: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    noted: Counter[tuple[str, bool]] = field(default_factory=Counter)

    def note(self, example_id: str, text: str, *, used: bool) -> None:
        """Counts a picture that a person should know of, and keeps its name."""
        key = (text, used)
        self.noted[key] += 1
        listed = self.notes.setdefault(key, [])
        if not used or len(listed) < _NAMED:
            listed.append(example_id)

    def add(self, other: Tally) -> None:
        """Adds what another shard holds."""
        self.pictures.update(other.pictures)
        self.noted.update(other.noted)
        for key, listed in other.notes.items():
            merged = sorted(self.notes.get(key, []) + listed)
            self.notes[key] = merged[:_NAMED] if key[1] else merged


def total(tallies: Iterable[Tally]) -> Tally:
    """All tallies as one."""
    together = Tally()
    for tally in tallies:
        together.add(tally)
    return together


def finish(
    tally: Tally, folder: str, max_broken: float, left_out: Mapping[str, Sequence[str]]
) -> None:
    """Checks what was read, and writes it beside the splits.

    Args:
      tally: of all shards.
      folder: of the examples artifact.
      max_broken: a larger share of pictures that cannot be used fails the run.
      left_out: reason → files beside the data set's pictures. They count as no pictures.

    Raises:
      UserError: too many pictures cannot be used, or a split would be empty.
    """
    broken = sum(count for (_, used), count in tally.noted.items() if not used)
    pictures = broken + tally.pictures.total()
    if broken > max_broken * pictures:
        named = [
            f"{name} ({text})"
            for (text, used), listed in tally.notes.items()
            for name in listed
            if not used
        ]
        raise UserError(
            f"{broken:,} of {pictures:,} pictures cannot be used, more than a share of "
            f"{max_broken:g}: {', '.join(sorted(named)[:5])}{', …' if broken > 5 else ''}. "
            "Mend or remove them, or raise dataset.max_broken"
        )
    counts: dict[str, dict[str, int]] = {split: {} for split in features.SPLITS}
    for (split, label), count in sorted(tally.pictures.items()):
        counts[split][str(label)] = count
    for split, by_label in counts.items():
        if not by_label:
            raise UserError(
                f"split {split!r} would be empty: raise --limit, or change dataset.eval_fraction"
            )
    notes = [
        {"note": text, "used": used, "count": tally.noted[text, used], "pictures": listed}
        for (text, used), listed in sorted(tally.notes.items())
    ] + [
        {"note": text, "used": False, "count": len(files), "pictures": list(files[:_NAMED])}
        for text, files in sorted(left_out.items())
    ]
    for name, content in ((COUNTS_FILE, counts), (NOTES_FILE, notes)):
        with tf.io.gfile.GFile(f"{folder}/{name}", "w") as file:
            file.write(json.dumps(content, indent=1, ensure_ascii=False))


def finish_leaks(leaks: Leaks, folder: str, max_leaked: float) -> None:
    """Checks which pictures stand more than once, and writes them beside the splits.

    Raises:
      UserError: too many test pictures stand in `train` or `eval`, too.
    """
    if leaks.test.count > max_leaked * leaks.test_pictures:
        raise UserError(
            f"{leaks.test.count:,} of {leaks.test_pictures:,} test pictures stand in train or "
            f"eval, too, more than a share of {max_leaked:g}: {leaks.test}. Remove the copies from "
            "one side, or raise dataset.max_leaked"
        )
    LEAKS.write(folder, dataclasses.asdict(leaks))


def read_leaks(folder: Path | str) -> Leaks:
    """Reads what `finish_leaks` wrote.

    Raises:
      UserError: another version of this project wrote it, or it is damaged.
    """
    content = LEAKS.read(folder)
    return Leaks(
        content["test_pictures"],
        *(Copies(**content[name]) for name in ("test", "eval", "contradicting")),
    )

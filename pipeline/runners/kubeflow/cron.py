"""Times of recurring runs, as people write them for cron."""

from __future__ import annotations

import re

from components.errors import UserError

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
#: Of each field: its name, its smallest and largest number, and names for numbers.
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("", *_MONTHS)),
    ("day of the week", 0, 6, tuple(_DAYS)),
)
_SHORT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
_PART = re.compile(r"(\*|(?P<first>\w+)(-(?P<last>\w+))?)(/(?P<step>\d{1,2}))?", re.ASCII)


def for_kubeflow(cron: str) -> str:
    """A cron expression in Kubeflow Pipelines' form, which begins with seconds.

    Args:
      cron: minute, hour, day of the month, month, day of the week, as in "0 3 * * mon"; or
        "@hourly", "@daily", "@weekly", "@monthly". Times are UTC.

    Raises:
      UserError: it is none, or names no time that there is.
    """
    fields = _SHORT.get(cron, cron).lower().split()
    if len(fields) != len(_FIELDS):
        raise UserError(
            f"--cron {cron}: must be minute, hour, day of the month, month and day of the week, "
            'e.g. "0 3 * * mon", or @hourly, @daily, @weekly, @monthly'
        )
    for text, (name, smallest, largest, names) in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            if not _is_sound(part, smallest, largest, names):
                raise UserError(
                    f"--cron {cron}: {name} {text}: must be *, or numbers of {smallest} to "
                    f"{largest} like 1,3-5 or */2"
                )
    return " ".join(["0", *fields])


def _is_sound(part: str, smallest: int, largest: int, names: tuple[str, ...]) -> bool:
    match = _PART.fullmatch(part)
    if not match or (match["step"] and not 0 < int(match["step"]) <= largest):
        return False
    if match["first"] is None:
        return True
    ends = [
        names.index(end) if end in names[smallest:] else int(end) if end.isdigit() else -1
        for end in (match["first"], match["last"] or match["first"])
    ]
    return smallest <= ends[0] <= ends[1] <= largest

"""Numbers in words, as lines and tables of the command line show them."""

from __future__ import annotations

import datetime

_UNITS = ("kB", "MB", "GB", "TB")
_AGES = ((86_400, "d"), (3_600, "h"), (60, "min"))


def bytes_in_words(number: int) -> str:
    """Bytes by powers of 1,000, in three digits: "0 kB", "9.5 MB", "120 MB"."""
    value = number / 1000
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    digits = 1 if 0 < value < 9.95 else 0
    return f"{value:,.{digits}f} {unit}"


def count(number: int, what: str) -> str:
    """A number of things: "1 run", "3 runs"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def age(since: datetime.datetime, now: datetime.datetime) -> str:
    """How long ago, in one unit: "3 min ago", "5 h ago", "12 d ago", "just now"."""
    seconds = (now - since).total_seconds()
    for unit, name in _AGES:
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name} ago"
    return "just now"


def duration(seconds: float) -> str:
    """A time that has passed: "0:45", "12:05", "1:02:05"."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"

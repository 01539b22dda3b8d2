"""What a mistyped name may have meant: for all that users name, in one way."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

_MOST = 3  # names in a hint: more are no hint
_CUTOFF = 0.5  # of difflib's ratio, 0 … 1


def did_you_mean(name: str, known: Collection[str], short: Mapping[str, str] | None = None) -> str:
    """What to say of a name that is not known: those near to it, or else all that are.

    Near is, in this order: a dotted name with the same last parts (`candidate.learning_rate`,
    `epochs`), a name that goes on where this one ends (`Trainer`), one that is spelled alike.

    Args:
      name: as it was written.
      known: the names that there are.
      short: what people call a name's last part → that part, or several of them.

    Returns:
      "did you mean a or b?", or "there is a, b, c".
    """
    if near := nearest(name, known, short):
        return f"did you mean {' or '.join(near)}?"
    return f"there is {', '.join(known)}"


def with_dot(path: str) -> str:
    """What to say of an import path with a colon: where code is named, it has a dot."""
    return f"write it with a dot: {path.replace(':', '.')}"


def nearest(name: str, known: Collection[str], short: Mapping[str, str] | None = None) -> list[str]:
    """The names that are near to one that is not known; see `did_you_mean`."""
    short = short or {}
    *parents, last = name.lower().replace("-", "_").split(".")
    meant = [short[last]] if last in short else []
    for tail in (*meant, last):
        same = [each for each in known if _is_below(each, parents, tail)]
        if 0 < len(same) <= _MOST:
            return same
    longer = [each for each in known if each.lower().startswith(f"{name.lower()}.")]
    if 0 < len(longer) <= _MOST:
        return longer
    by_lower = {each.lower(): each for each in known}
    wanted = ".".join([*parents, *meant]) if meant else name.lower()
    alike = difflib.get_close_matches(wanted, by_lower, n=1, cutoff=_CUTOFF)
    return [by_lower[each] for each in alike]


def _is_below(known: str, parents: list[str], tail: str) -> bool:
    """Whether a dotted name ends with `tail`, and has `parents` before it, in their order."""
    if not f".{known}".endswith(f".{tail}"):
        return False
    before = known[: -len(tail)].rstrip(".").split(".")
    return before[: len(parents)] == parents if parents else True

"""Amounts as people write them for Kubernetes: processors, sizes, times."""

from __future__ import annotations

import re

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_UNITS = {
    "": 1.0,
    **{unit: 1000.0 ** (power - 3) for power, unit in enumerate(("n", "u", "m"))},
    **{unit: 1000.0 ** (power + 1) for power, unit in enumerate(("k", "M", "G", "T", "P", "E"))},
    **{f"{unit}i": 1024.0 ** (power + 1) for power, unit in enumerate("KMGTPE")},
}
_NUMBER = r"\+?(?P<number>\d+\.?\d*|\.\d+)"
_EXPONENT = r"(?P<exponent>[eE][+-]?\d{1,2})"
_QUANTITY = re.compile(rf"{_NUMBER}(?:{_EXPONENT}|(?P<unit>[a-zA-Z]*))", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def quantity(text: object) -> float:
    """A Kubernetes quantity as a number, e.g. "16Gi" → 17179869184.0, "500m" → 0.5, "1e9" → 10⁹.

    Raises:
      ValueError: it is none, or below 0.
    """
    match = _QUANTITY.fullmatch(str(text))
    if not match or (match["unit"] or "") not in _UNITS:
        raise ValueError(text)
    if match["exponent"]:
        return float(match["number"] + match["exponent"])
    return float(match["number"]) * _UNITS[match["unit"]]


def processors(text: object) -> float:
    """Like `quantity`, without the units of sizes.

    Raises:
      ValueError: it is none.
    """
    if not re.fullmatch(r"[^a-zA-Z]*(m|[eE][^a-zA-Z]*)?", str(text)):
        raise ValueError(text)
    return quantity(text)


def seconds(duration: object) -> object:
    """A duration in seconds, e.g. "30m" → 1800; a number is one already.

    Raises:
      ValueError: it is none.
    """
    if isinstance(duration, int):
        return duration
    match = re.fullmatch(r"(\d+)([smh])", str(duration), re.ASCII)
    if not match:
        raise ValueError(duration)
    return int(match[1]) * _SECONDS[match[2]]

"""Colours of the page and of its plots, on a light ground and on a dark one.

Both arms differ by lightness too, so that grey print keeps them apart; markers and kinds of line
differ besides. Contrasts by WCAG 2.2 (https://www.w3.org/TR/WCAG22/): text 4.5 : 1, what carries
meaning in a plot 3 : 1.
"""

from __future__ import annotations

from typing import NamedTuple


class Colour(NamedTuple):
    """A colour by its use.

    Attributes:
      light: on the light ground, as `#rrggbb`.
      dark: on the dark one.
    """

    light: str
    dark: str


GROUND = Colour("#ffffff", "#14171a")
#: By name: CSS has `--NAME`, and plots are drawn in `light`. No two have the same `light`.
PALETTE = {
    "ground": GROUND,
    "ink": Colour("#1b1f24", "#e8eaed"),
    "muted": Colour("#57606a", "#a9b1ba"),
    "line": Colour("#848d97", "#7a838e"),
    "band": Colour("#dfe4ea", "#323a43"),
    "baseline": Colour("#cf6a12", "#c9701f"),
    "candidate": Colour("#123f73", "#b8dcff"),
    "link": Colour("#0a5cc2", "#8cc2ff"),
    "warning": Colour("#b3261e", "#ff8a80"),
}


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 … 21.

    Args:
      one: `#rrggbb`.
      other: likewise.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def css() -> str:
    """The colours as variables of CSS, for light and dark screens; paper is light."""
    light, dark = (
        " ".join(f"--{name}: {getattr(colour, scheme)};" for name, colour in PALETTE.items())
        for scheme in ("light", "dark")
    )
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        "@media screen and (prefers-color-scheme: dark) {\n"
        f":root {{ color-scheme: dark; {dark} }}\n}}"
    )

"""Matplotlib's SVG as a part of the page: its colours follow the screen's, its ids are its own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from markupsafe import Markup

from pipeline.report.palette import PALETTE
from pipeline.report.plots import WIDTH, Plot, as_svg
from pipeline.report.text import in_html

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_DRAWN_IN = {colour.light: f"var(--{name})" for name, colour in PALETTE.items()}
_COLOUR = re.compile("|".join(_DRAWN_IN))
_FONT = re.compile(r"font: ([\d.]+)px [^;]*")
_USED = re.compile(r'(?:href="|url\()#([^")]+)')
_PIXELS = 96 / 72  # of a point


def inline(plot: Plot) -> Markup:
    """A plot as an element of HTML, in its own size, with its text in place of it."""
    root = ElementTree.fromstring(as_svg(plot))
    for parent in list(root.iter()):
        for child in list(parent):
            # A style in a part of a page would be the whole page's.
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    used = set(_USED.findall(ElementTree.tostring(root, encoding="unicode")))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        _adapt(element, plot.name)
    width, height = (float(x) * _PIXELS for x in root.attrib["viewBox"].split()[2:])
    root.attrib.update(
        {"width": f"{width:.0f}", "height": f"{height:.0f}", "role": "img"},
    )
    root.set("aria-label", str(in_html(plot.text)))
    if width > WIDTH * 96 + 1:
        root.set("class", "wide")
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _LINK)
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # ElementTree has escaped it


def _adapt(element: ElementTree.Element, name: str) -> None:
    """Makes ids the plot's own, and colours and fonts the page's."""
    for key, value in list(element.attrib.items()):
        if key == "id":
            element.set(key, f"{name}-{value}")
        elif key == f"{{{_LINK}}}href" and value.startswith("#"):
            element.set(key, f"#{name}-{value[1:]}")
        elif key == "style":
            coloured = _COLOUR.sub(lambda match: _DRAWN_IN[match[0]], value)
            element.set(key, _FONT.sub(r"font-size: \1px", coloured))
        elif "url(#" in value:
            element.set(key, value.replace("url(#", f"url(#{name}-"))

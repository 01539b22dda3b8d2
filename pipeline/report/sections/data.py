"""Which data, and what validation measured of it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from components.picture_fit import fit_in_words
from pipeline.report.section import SummarySection
from pipeline.report.table import Number, Table, number
from pipeline.report.text import in_terminal
from pipeline.runs.result import Summary

_NAMED = 3  # pictures of a note on the terminal; the page has them all


class Data(SummarySection):
    """The splits, how far apart they are, which share pictures, and those with a note."""

    order, title = 90, "Data, and what validation found"
    terminal_order = 40
    template = """
<p>{{ s.data }}.</p>
{% if section.of_other_shapes(s) %}
<p>Pictures of other shapes are here: each was {{ section.fit(s) }} (<code>dataset.fit</code>).</p>
{% endif %}
{{ table(section.splits(s)) }}
<p class="note">Checked, and sound: labels and sizes within the schema, every class in every split
{%- for skew in s.skews %}
; {{ skew.feature }}, train against test: {{ skew.distance }}
{{ "%.3f" | format(skew.value) }} (allowed: {{ "%.2f" | format(skew.threshold) }})
{%- endfor %}.</p>
<p class="note">
{%- for sentence in s.leaks.sentences() %}{{ sentence }} {% else -%}
No picture of one split stands in another, pixel by pixel, and none has two labels.
{%- endfor %}</p>
{% if s.picture_notes %}
{{ table(section.notes(s)) }}
{% endif %}
"""

    def of_other_shapes(self, summary: Summary) -> bool:
        """Whether there are pictures that are not of the model's shape."""
        height, width, _ = summary.settings["dataset.shape"]
        return any(
            (*facts.height, *facts.width) != (height, height, width, width)
            for facts in summary.splits.values()
        )

    def fit(self, summary: Summary) -> str:
        """What became of them."""
        return fit_in_words(summary.settings["dataset.fit"], summary.settings["dataset.shape"])

    def splits(self, summary: Summary) -> Table:
        """What validation measured of each split."""
        columns = (
            "split",
            "pictures",
            "of a class",
            "brightness, mean ± spread",
            "height",
            "width",
        )
        rows = [
            (
                split,
                number(facts.pictures, 0),
                _reach(facts.fewest, facts.most),
                Number(f"{facts.brightness:.1f} ± {facts.brightness_spread:.1f}", facts.brightness),
                _reach(*facts.height),
                _reach(*facts.width),
            )
            for split, facts in summary.splits.items()
        ]
        return Table("the splits", columns, rows)

    def notes(self, summary: Summary) -> Table:
        """Pictures and files with a note, a row a kind."""
        columns = ("pictures and files with a note", "number", "use", "which")
        rows = [
            (
                note.note,
                number(note.count, 0),
                "used" if note.used else "left out",
                ", ".join(note.pictures) + (", …" if note.count > len(note.pictures) else ""),
            )
            for note in summary.picture_notes
        ]
        return Table("pictures and files with a note", columns, rows)

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """The data, and a line for each kind of copies and of pictures with a note."""
        lines = [f"data: {summary.data}", *summary.leaks.sentences()]
        for note in summary.picture_notes:
            pictures = ", ".join(note.pictures[:_NAMED]) + (", …" if note.count > _NAMED else "")
            use = "used" if note.used else "left out"
            lines.append(f"{use}: {note.count:,} × {note.note}: {pictures}")
        return [in_terminal(line, prose=False) for line in lines]


def _reach(low: int, high: int) -> Number:
    return Number(f"{low:,}" if low == high else f"{low:,} … {high:,}", low)


SECTION = Data()

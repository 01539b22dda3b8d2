"""Which data, and what validation measured of it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from pipeline.report.section import SummarySection
from pipeline.report.text import in_terminal
from pipeline.runs.result import Summary

_NAMED = 3  # pictures of a note on the terminal; the page has them all


class Data(SummarySection):
    """The splits, how far apart they are, which share pictures, and those with a note."""

    order, title = 90, "Data, and what validation found"
    terminal_order = 40
    template = """
<p>{{ s.data }}.</p>
<div class="scroll"><table>
<tr><th>split</th><th class="n">pictures</th><th class="n">of a class</th>
<th class="n">brightness, mean ± spread</th><th class="n">height</th><th class="n">width</th></tr>
{% macro reach(low, high) %}{{ low if low == high else "%d … %d" % (low, high) }}{% endmacro %}
{% for split, facts in s.splits.items() %}
<tr><td>{{ split }}</td><td class="n">{{ "{:,}".format(facts.pictures) }}</td>
<td class="n">{{ reach(facts.fewest, facts.most) }}</td>
<td class="n">{{ "%.1f ± %.1f" % (facts.brightness, facts.brightness_spread) }}</td>
<td class="n">{{ reach(*facts.height) }}</td><td class="n">{{ reach(*facts.width) }}</td></tr>
{% endfor %}
</table></div>
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
<div class="scroll"><table>
<tr><th>pictures and files with a note</th><th class="n">number</th><th></th><th>which</th></tr>
{% for note in s.picture_notes %}
<tr><td>{{ note.note }}</td><td class="n">{{ note.count }}</td>
<td>{{ "used" if note.used else "left out" }}</td>
<td>{{ note.pictures | join(", ") }}{{ ", …" if note.count > note.pictures | length }}</td></tr>
{% endfor %}
</table></div>
{% endif %}
"""

    def terminal(self, summary: Summary) -> Sequence[RenderableType]:
        """The data, and a line for each kind of copies and of pictures with a note."""
        lines = [f"data: {summary.data}", *summary.leaks.sentences()]
        for note in summary.picture_notes:
            pictures = ", ".join(note.pictures[:_NAMED]) + (", …" if note.count > _NAMED else "")
            use = "used" if note.used else "left out"
            lines.append(f"{use}: {note.count:,} × {note.note}: {pictures}")
        return list(map(in_terminal, lines))


SECTION = Data()

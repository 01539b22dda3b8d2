"""What differs between the models beside their accuracy, beyond chance."""

from __future__ import annotations

from pipeline.report.section import SummarySection


class WhatChanged(SummarySection):
    """The figures that changed beyond chance, each with its interval; over all seeds."""

    order, title = 25, "What changed"
    template = """
{% set standing = s.standing_changes %}
{% if standing %}
<div class="scroll"><table>
<tr><th>figure</th><th>for the candidate</th><th class="n">{{ s.baseline.title }}</th>
<th class="n">{{ s.candidate.title }}</th><th class="n">difference</th>
<th class="n">95 % interval</th></tr>
{% for change in standing %}
{% set f, digits = (1, 4) if change.kind == "loss" else (100, 2) %}
<tr><td>{{ change.what }}</td><td>{{ "better" if change.improved else "worse" }}</td>
<td class="n">{{ ("%." ~ digits ~ "f") | format(f * change.baseline) }}</td>
<td class="n">{{ ("%." ~ digits ~ "f") | format(f * change.candidate) }}</td>
<td class="n">{{ signed(f * change.difference.estimate, digits) }}</td>
<td class="n">{{ interval(change.difference, f, digits) }}</td></tr>
{% endfor %}
</table></div>
{% else %}
<p>Beside the headline, nothing changed beyond chance.</p>
{% endif %}
<p class="note">{{ s.changes | length }} figures were looked at: each class, each corruption, loss,
calibration and gap. Of so many, some differ by chance; listed is what is left when that is allowed
for (Holm, 1979). Loss is a number; the others are per cent, and points of difference.</p>
"""


SECTION = WhatChanged()

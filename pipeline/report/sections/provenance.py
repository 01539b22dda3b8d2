"""Where the figures come from: run, data, code, seeds and nodes."""

from __future__ import annotations

from markupsafe import Markup

from pipeline.report.section import SummarySection
from pipeline.report.table import Table, number
from pipeline.report.text import in_html
from pipeline.runs.result import Summary


class WhereItComesFrom(SummarySection):
    """What is needed to get the same figures again."""

    order, title = 110, "Where it comes from"
    template = """
<table>
<caption>what the run is made of</caption>
<thead><tr><th scope="col">what</th><th scope="col">of this run</th></tr></thead>
<tbody>
<tr><th scope="row">run</th>
<td><code>{{ s.run }}</code> of experiment <code>{{ s.experiment }}</code></td></tr>
<tr><th scope="row">data, SHA-256</th>
<td>
{%- for name, sha in s.data_sha256.items() %}
{{ name }} <code>{{ sha }}</code>{% if not loop.last %}<br>{% endif %}
{% endfor %}
</td></tr>
<tr><th scope="row">code</th>
<td>
{%- if s.code.commit %}
commit <code>{{ s.code.commit }}</code>{{ ", with changes since" if s.code.changed }};
{% endif %}
fingerprint <code>{{ s.code.fingerprint }}</code></td></tr>
<tr><th scope="row">versions</th>
<td>
{%- for name, version in s.code.versions.items() %}
{{ name }} {{ version }}{{ ", " if not loop.last }}
{%- endfor %}</td></tr>
<tr><th scope="row">surroundings</th>
<td>
{%- for name, value in s.code.environment.items() %}
<code>{{ name }}={{ value }}</code>{{ ", " if not loop.last }}
{%- endfor %}</td></tr>
<tr><th scope="row">seeds</th>
<td>{{ s.seeds | join(", ") }}</td></tr>
{% if s.settings.get("base_model") %}
<tr><th scope="row">continued from</th>
<td>run <code>{{ s.settings.get("base_model") }}</code>: each training began with the weights of
the same arm there, of the same seed or else the first (nodes <code>BaseModel</code>)</td></tr>
{% endif %}
{% for role, arm in (("baseline", s.baseline), ("candidate", s.candidate)) %}
<tr><th scope="row">{{ role }}{{ ", seed %d" % s.seeds[0] if s.seeds | length > 1 }}</th>
<td>{{ arm.title }}, weights' SHA-256 <code>{{ arm.weights_sha256 }}</code></td></tr>
{% endfor %}
</tbody></table>
{% if s.nodes %}
<h3>Nodes</h3>
{{ table(section.nodes(s)) }}
{% endif %}
"""

    def nodes(self, summary: Summary) -> Table:
        """How each node ended, and what it left."""
        rows = [
            (
                node["node"],
                number(node["seconds"], 1),
                node["state"],
                Markup(" ").join(
                    Markup("<code>{}</code>").format(in_html(folder))
                    for folder in summary.artifacts.get(node["node"], [])
                ),
            )
            for node in summary.nodes
        ]
        columns = ("node", "seconds", "state", "left, in the experiment's folder nodes")
        return Table("how each node ended", columns, rows)


SECTION = WhereItComesFrom()

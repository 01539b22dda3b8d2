"""Where the figures come from: run, data, code, seeds, nodes and settings."""

from __future__ import annotations

from pipeline.report.section import SummarySection


class WhereItComesFrom(SummarySection):
    """What is needed to get the same figures again."""

    order, title = 110, "Where it comes from"
    template = """
<div class="any"><table>
<tr><td>run</td><td><code>{{ s.run }}</code> of experiment <code>{{ s.experiment }}</code></td></tr>
<tr><td>data, SHA-256</td><td>
{%- for name, sha in s.data_sha256.items() %}
{{ name }} <code>{{ sha }}</code>{% if not loop.last %}<br>{% endif %}
{% endfor %}
</td></tr>
<tr><td>code</td><td>
{%- if s.code.commit %}
commit <code>{{ s.code.commit }}</code>{{ ", with changes since" if s.code.changed }};
{% endif %}
fingerprint <code>{{ s.code.fingerprint }}</code></td></tr>
<tr><td>versions</td><td>
{%- for name, version in s.code.versions.items() %}
{{ name }} {{ version }}{{ ", " if not loop.last }}
{%- endfor %}</td></tr>
<tr><td>surroundings</td><td>
{%- for name, value in s.code.environment.items() %}
<code>{{ name }}={{ value }}</code>{{ ", " if not loop.last }}
{%- endfor %}</td></tr>
<tr><td>seeds</td><td>{{ s.seeds | join(", ") }}</td></tr>
{% for role, arm in (("baseline", s.baseline), ("candidate", s.candidate)) %}
<tr><td>{{ role }}{{ ", seed %d" % s.seeds[0] if s.seeds | length > 1 }}</td>
<td>{{ arm.title }}, weights' SHA-256 <code>{{ arm.weights_sha256 }}</code></td></tr>
{% endfor %}
</table></div>
{% if s.nodes %}
<h3>Nodes</h3>
<div class="scroll"><table>
<tr><th>node</th><th>state</th><th class="n">seconds</th><th>left</th></tr>
{% for node in s.nodes %}
<tr><td>{{ node.node }}</td><td>{{ node.state }}</td>
<td class="n">{{ "%.1f" | format(node.seconds) }}</td>
<td>{% for folder in s.artifacts.get(node.node, []) %}<code>{{ folder }}</code>
{% endfor %}</td></tr>
{% endfor %}
</table></div>
{% endif %}
<h3>Settings</h3>
<div class="scroll"><table>
{% for name, value in s.settings.items() %}
<tr><td><code>{{ name }}</code></td>
<td>{{ value if value is string or value is number else value | join(", ") }}</td></tr>
{% endfor %}
</table></div>
"""


SECTION = WhereItComesFrom()

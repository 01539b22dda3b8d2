"""The candidate's model card: what it is for, and where it is weak (Mitchell et al., 2019)."""

from __future__ import annotations

from components.picture_fit import fit_in_words
from pipeline.report.section import SummarySection
from pipeline.runs.result import Summary


class ModelCard(SummarySection):
    """What whoever uses the candidate must know."""

    order, title = 100, "Model card of the candidate"
    template = """
<table>
<caption>the candidate's model card</caption>
<thead><tr><th scope="col">what</th><th scope="col">of this model</th></tr></thead>
<tbody>
<tr><th scope="row">model</th>
<td>{{ s.candidate.title }}, built by
<code>{{ s.settings["candidate.model"] }}</code>; {{ "{:,}".format(s.candidate.parameters) }}
parameters, {{ "%.2f" | format(s.candidate.exported_bytes / 1e6) }} MB as a TensorFlow SavedModel
with its preprocessing</td></tr>
<tr><th scope="row">answers</th>
<td>JPEG, PNG, GIF or BMP files (input <code>image</code>) of any
size, with <code>probabilities</code>,
<code>class_id</code> and <code>class_name</code>: {{ s.class_names | join(", ") }}</td></tr>
<tr><th scope="row">other shapes</th>
<td>a picture of another shape is {{ section.fit(s) }} (<code>dataset.fit</code>; training,
evaluation and serving share this step)</td></tr>
<tr><th scope="row">does not see</th>
<td>the orientation in a photograph's EXIF, transparency, and the palette
of a BMP file: send such pictures as people see them, as upright, opaque PNG files.
<code>predict</code> does so, and with WEBP, TIFF and PPM files, too</td></tr>
<tr><th scope="row">made for</th>
<td>answering this question: {{ s.question }} A picture of anything else is
still taken for one of the classes above.</td></tr>
<tr><th scope="row">trained on</th>
<td>{{ "{:,}".format(s.pictures.train) }} pictures of split train,
{{ s.settings["candidate.epochs"] }} epochs, the best by accuracy on
{{ "{:,}".format(s.pictures.eval) }} held-out ones kept;
{{ "with augmentation by policy " ~ s.settings.augmentation if s.settings["candidate.augment"]
else "without augmentation" }}
{%- if s.settings.get("base_model") %}; continued from run
<code>{{ s.settings.get("base_model") }}</code>, not from fresh weights{% endif %}</td></tr>
<tr><th scope="row">evaluated on</th>
<td>{{ "{:,}".format(s.pictures.test) }} pictures of split test, which
nothing was chosen by: accuracy {{ "%.4f" | format(s.candidate.test_accuracy) }}, loss
{{ "%.4f" | format(s.candidate.test_loss) }}, expected calibration error
{{ "%.3f" | format(s.candidate.evidence.calibration.error) }}</td></tr>
{% set worst = s.candidate.class_accuracy.items() | sort(attribute="1") | first %}
<tr><th scope="row">weakest at</th>
<td>{{ worst[0] }}: {{ "%.3f" | format(worst[1]) }} of its test pictures are
recognized
{%- if s.robustness %}
{% set low = s.robustness.rows | sort(attribute="candidate_accuracy") | first %}
; {{ low.corruption }} of severity {{ low.severity }}: accuracy
{{ "%.4f" | format(low.candidate_accuracy) }}
{%- endif %}</td></tr>
<tr><th scope="row">serving</th>
<td>
{%- if s.serving %}
{{ s.serving.pictures }} test pictures sent as files to the exported model in a process of its own:
answers as evaluated (largest difference {{ "%.1g" | format(s.serving.largest_difference) }})
{%- else %}not checked{% endif %}; {{ "blessed" if s.blessed else "not blessed" }}
{%- if s.pushed_to %}, pushed to <code>{{ s.pushed_to }}</code>{% endif %}</td></tr>
</tbody></table>
"""

    def fit(self, summary: Summary) -> str:
        """What becomes of a picture of another shape than the model's."""
        return fit_in_words(summary.settings["dataset.fit"], summary.settings["dataset.shape"])


SECTION = ModelCard()

"""What the words in the report mean, for someone who is no statistician."""

from __future__ import annotations

from pipeline.report.section import SummarySection


class Words(SummarySection):
    """A list of the terms, at the page's end."""

    order, title = 120, "What the words mean"
    template = """
<dl>
<dt>Test, training and eval pictures</dt>
<dd>The models learn from training pictures. Eval pictures choose the epoch whose weights are kept.
Test pictures were used for neither: what is said of the models is measured on them.</dd>
<dt>Accuracy, and points</dt>
<dd>The share of pictures that a model names rightly. From 88.0 % to 89.5 % are 1.5 points.</dd>
<dt>Balanced accuracy</dt>
<dd>The mean of the accuracies on each class. Where most pictures are of one class, a model that
always names that class has a high accuracy; its balanced accuracy is no better than guessing.</dd>
<dt>95 % interval</dt>
<dd>Other pictures and another start of the training would have given a somewhat other difference.
An interval made this way holds the true difference in 95 of 100 experiments. Where it holds zero,
the difference can be chance.</dd>
<dt>Seed</dt>
<dd>The number that a training's random choices come from: first weights, order of the pictures,
Dropout, augmentation. Another seed gives another model of the same kind.</dd>
<dt>Better, worse</dt>
<dd>The interval leaves out zero.</dd>
<dt>Practically equal</dt>
<dd>The interval is so narrow, and so near zero, that any true difference is too small to matter
({{ "%g" | format(100 * s.settings["gate.equivalence"]) }} points, <code>gate.equivalence</code>).
</dd>
<dt>No difference shown</dt>
<dd>The interval holds zero, and also differences that would matter: more pictures or seeds could
show one.</dd>
<dt>Not judged</dt>
<dd>A model has not learned, has not settled, or was stopped too early. A comparison would say
something of the training, and nothing of regularization.</dd>
<dt>Generalization gap</dt>
<dd>Accuracy of the finished model on the training pictures as they are, minus on the test pictures.
A wide gap means that the model knows its training pictures by heart.</dd>
<dt>Loss</dt>
<dd>The mean cross-entropy: how surprised a model is by the right answer. A model can be right more
often and have the higher loss, if it is surer where it is wrong.</dd>
<dt>Calibration</dt>
<dd>Whether a model that is 80 % sure is right in 80 of 100 cases. The expected calibration error
is the mean distance of the two.</dd>
<dt>McNemar's p</dt>
<dd>Looks only at pictures that one model got right and the other did not. So small a p, and a
split this uneven would come by chance that often: 0.03 is 3 times in 100.</dd>
<dt>Precision, recall</dt>
<dd>Of the pictures that a model calls a shirt, the share that are shirts; and of all shirts, the
share that it calls so.</dd>
<dt>Severity</dt>
<dd>How much a test picture was corrupted, from 1 (little) to 3 (much).</dd>
<dt>Gate, blessed, pushed</dt>
<dd>The gate is what a candidate must reach. One that does is blessed, and is pushed: copied to the
folder that models are served from.</dd>
</dl>
"""


SECTION = Words()

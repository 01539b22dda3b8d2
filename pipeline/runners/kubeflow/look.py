"""The first task of a run on a cluster: what the data are now.

Kubeflow's cache goes by the text of a node's inputs, and the text of `data` stays the same when a
folder's files change. So this task, which is never cached, hands a digest of their content to
ExampleGen as one more input: it and what follows are made anew where the data are others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.datasets import locate
from pipeline.runners.kubeflow.command import experiment_of_run, told
from pipeline.settings.experiment import Experiment

#: The task's name, its output parameter, and ExampleGen's input.
NODE, CONTENT = "LookAtData", "content"


def main(argv: Sequence[str] | None = None) -> int:
    """Looks at the data; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args(argv)

    def look() -> None:
        found = content(experiment_of_run({}), arguments.data)
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(found)

    return told(NODE, look)


def content(experiment: Experiment, request: str, located: locate.Located | None = None) -> str:
    """A digest of the content of an experiment's data.

    Args:
      experiment: whose data.
      request: where they are, see `data/README.md`.
      located: the data, if they have been looked for already.

    Raises:
      UserError: they are not there, or are broken.
    """
    dataset = experiment.dataset
    if request == locate.OFFICIAL and dataset.source:
        # Whoever reads them checks this, and there is no need to fetch them here.
        sums = dict(dataset.source.files)
    else:
        located = located or locate.data(experiment.name, dataset, request)
        sums = dict(located.contents.sha256)
    return hashlib.sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())

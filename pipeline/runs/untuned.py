"""The run of the same experiment without tuning, which `run --tune` makes first."""

from __future__ import annotations

from dataclasses import replace

from components.errors import UserError
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import DATA, EXPERIMENT, SUMMARY, Summary
from pipeline.settings.experiment import Experiment


def untuned(run: RunFolder, experiment: Experiment) -> Summary | None:
    """What came of the last finished run before this one that differs in its tuning only.

    Args:
      run: the tuned one.
      experiment: as it was run.

    Returns:
      Its figures; None where this run is not tuned, or there is none.
    """
    if not experiment.tuning.trials:
        return None
    sha256 = run.read(DATA).contents.sha256
    as_it_is = replace(experiment, tuning=replace(experiment.tuning, trials=0))
    for other in reversed(run.experiment.runs()):
        if other.id >= run.id:
            continue
        try:
            same_data = other.read(DATA).contents.sha256 == sha256
            if same_data and other.read(EXPERIMENT) == as_it_is:
                return other.read(SUMMARY)
        except UserError:  # not finished, or another version's
            continue
    return None

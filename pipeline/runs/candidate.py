"""The model of a finished run that `predict` and `export` take."""

from __future__ import annotations

from pathlib import Path

from components import names
from components.errors import UserError
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import SUMMARY


def candidate_model(run: RunFolder) -> Path:
    """The folder of the candidate's SavedModel, of the first seed: what is pushed if it is blessed.

    Raises:
      UserError: the run has none, it is damaged, or it is of an older version.
    """
    run.read(SUMMARY)  # that an unfinished run has none is told in its own words
    from tfx.utils import path_utils  # seconds

    from pipeline.runs.metadata import read_run

    nodes = read_run(run.experiment.metadata, run.tfx_run)
    trained = nodes[names.trainer(names.CANDIDATE)].folder(names.OUTPUT_MODEL)
    model = Path(path_utils.serving_model_path(str(trained)))
    if not (model / names.ARCHITECTURE).is_file():
        raise UserError(
            f"run {run.id} is of an older version of this project, whose models can neither be "
            "asked nor exported here: run the experiment again"
        )
    return model

"""What a finished run's candidate says of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tfx.utils import path_utils

from components import names
from components.errors import UserError
from components.ingestion.picture_file import examine, read_content
from components.ingestion.reader import Rejected
from components.serving.answer import Answers, ask
from pipeline.runs.folders import RunFolder
from pipeline.runs.metadata import read_run
from pipeline.runs.result import SUMMARY


def ask_candidate(run: RunFolder, pictures: Sequence[Path]) -> Answers:
    """Asks the candidate, as it is served.

    Args:
      run: a finished one.
      pictures: files of any size, see `read_picture`; they are stretched to the model's.

    Raises:
      UserError: a file is no picture that can be used.
    """
    contents = [read_picture(file) for file in pictures]
    run.read(SUMMARY)  # that an unfinished run has none is told in its own words
    nodes = read_run(run.experiment.metadata, run.tfx_run)
    model = nodes[names.trainer(names.CANDIDATE)].folder(names.OUTPUT_MODEL)
    return ask(path_utils.serving_model_path(str(model)), contents)


def read_picture(file: Path) -> bytes:
    """A picture file as ExampleGen would store it: a PNG where TensorFlow would see it otherwise.

    Raises:
      UserError: it cannot be read, or is no picture that can be used.
    """
    content = read_content(file)
    if isinstance(content, str):
        raise UserError(f"{file} {content}")
    examined = examine(file.name, content, 0)
    if isinstance(examined, Rejected):
        raise UserError(f"{file} cannot be used: {examined.reason}")
    return examined.image

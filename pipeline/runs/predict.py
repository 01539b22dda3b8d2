"""What a finished run's candidate says of pictures."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from components.errors import UserError, reason_of
from components.ingestion.picture_file import examine, read_content
from components.ingestion.reader import Rejected
from pipeline.runs.candidate import candidate_model
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import EXPERIMENT

if TYPE_CHECKING:
    from components.serving.bulk import Answered


@dataclass(frozen=True)
class Answer:
    """What the candidate says of a picture, or why it was not asked.

    Attributes:
      file: of the picture.
      probabilities: of each class, 0 … 1, by its name; empty where it was not asked.
      error: why not, in half a sentence; else "".
    """

    file: Path
    probabilities: dict[str, float]
    error: str = ""

    @property
    def class_name(self) -> str:
        """The most probable class; "" where it was not asked."""
        return max(self.probabilities, key=self.probabilities.__getitem__, default="")


def ask_candidate(
    run: RunFolder, pictures: Iterable[Path], beam_args: Sequence[str] = ()
) -> Iterator[Answer]:
    """Asks the candidate, as it is served; gives an answer a picture, in their order.

    Args:
      run: a finished one.
      pictures: files of any size, see `read_picture`; they are brought to the model's as the run's
        setting `dataset.fit` says.
      beam_args: options for Beam; by default it works in memory, in this process. Workers must see
        the pictures and the folder of runs.

    Raises:
      UserError: the run has no model that can be asked, or Beam's engine cannot do it.
    """
    model = str(candidate_model(run))
    class_names = run.read(EXPERIMENT).dataset.class_names
    shared = run.experiment.path if beam_args else None
    with tempfile.TemporaryDirectory(prefix=".predict-", dir=shared) as folder:
        for name, probabilities, error in _infer(
            model, map(str, pictures), Path(folder), beam_args
        ):
            by_class = {} if error else dict(zip(class_names, probabilities, strict=True))
            yield Answer(Path(name), by_class, error)


def read_picture(file: Path) -> bytes:
    """A picture file as ExampleGen would store it: a PNG where TensorFlow would see it otherwise.

    Raises:
      UserError: it cannot be read, or is no picture that can be used.
    """
    content = _content(file)
    if isinstance(content, str):
        raise UserError(f"{file} {content}")
    return content


def _content(file: Path) -> bytes | str:
    """See `read_picture`; as text, the reason why there is none, which goes on after a name."""
    content = read_content(file)
    if isinstance(content, str):
        return content
    examined = examine(file.name, content, 0)
    if isinstance(examined, Rejected):
        return f"cannot be used: {examined.reason}"
    return examined.image


def _content_below(folder: str, name: str) -> bytes | str:
    """See `_content`; workers have other current folders."""
    return _content(Path(folder, name))


def _infer(
    model: str, names: Iterable[str], folder: Path, beam_args: Sequence[str]
) -> Iterator[Answered]:
    from components.serving.bulk import infer  # TensorFlow, seconds
    from pipeline.beam_options import IN_MEMORY, check_beam_args
    from pipeline.flink_job import ended_with

    check_beam_args(beam_args)
    arguments = [*IN_MEMORY, f"--job_name=predict-{uuid.uuid4().hex}", *beam_args]
    try:
        read = partial(_content_below, os.getcwd())
        with ended_with(arguments):
            yield from infer(model, names, read, folder, arguments)
    except Exception as error:
        if not beam_args or isinstance(error, UserError):
            raise
        raise UserError(f"Beam could not do it: {reason_of(error)}") from error

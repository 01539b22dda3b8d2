"""What a finished run's candidate says of pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.errors import UserError
from components.ingestion.picture_file import examine, read_content
from components.ingestion.reader import Rejected
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import EXPERIMENT, SUMMARY

# Held at a time: a model is loaded once for each such part.
_MOST_PICTURES, _MOST_BYTES = 500, 200_000_000


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


def ask_candidate(run: RunFolder, pictures: Iterable[Path]) -> Iterator[Answer]:
    """Asks the candidate, as it is served; gives an answer a picture, in their order.

    Args:
      run: a finished one.
      pictures: files of any size, see `read_picture`; they are brought to the
        model's as the run's setting `dataset.fit` says.

    Raises:
      UserError: the run has no model that can be asked.
    """
    run.read(SUMMARY)  # that an unfinished run has none is told in its own words
    class_names = run.read(EXPERIMENT).dataset.class_names
    for part in _parts(pictures):
        yield from _ask(run, part, class_names)


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


def _parts(pictures: Iterable[Path]) -> Iterator[list[tuple[Path, bytes | str]]]:
    """Pictures and their contents, or why they have none, a part at a time."""
    part: list[tuple[Path, bytes | str]] = []
    held = 0
    for file in pictures:
        content = _content(file)
        part.append((file, content))
        held += len(content)
        if len(part) >= _MOST_PICTURES or held >= _MOST_BYTES:
            yield part
            part, held = [], 0
    if part:
        yield part


def _ask(
    run: RunFolder, part: Sequence[tuple[Path, bytes | str]], class_names: Sequence[str]
) -> Iterator[Answer]:
    contents = [content for _, content in part if isinstance(content, bytes)]
    answered = iter(_probabilities(run, contents) if contents else [])
    for file, content in part:
        if isinstance(content, str):
            yield Answer(file, {}, content)
        else:
            yield Answer(file, dict(zip(class_names, next(answered), strict=True)))


def _probabilities(run: RunFolder, contents: list[bytes]) -> list[list[float]]:
    from tfx.utils import path_utils  # seconds

    from components import names
    from components.serving.answer import ask
    from pipeline.runs.metadata import read_run

    nodes = read_run(run.experiment.metadata, run.tfx_run)
    model = nodes[names.trainer(names.CANDIDATE)].folder(names.OUTPUT_MODEL)
    answers = ask(path_utils.serving_model_path(str(model)), contents)
    listed: list[list[float]] = answers.probabilities.tolist()
    return listed

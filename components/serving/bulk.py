"""Bulk inference: any number of pictures through an exported model, on any engine of Beam.

TFX's own way, the RunInference of its BulkInferrer, between what reads files and what writes rows.
Everything goes through in batches, and between its processes through files in one folder, which
every worker must see: memory does not grow with the number of pictures. A batch is written again,
the same, by a worker that is restarted.
"""

from __future__ import annotations

import itertools
import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, List, NamedTuple, Tuple  # noqa: UP035

import apache_beam as beam
import tensorflow as tf
from apache_beam.options.pipeline_options import PipelineOptions
from tfx_bsl.public.beam.run_inference import RunInferenceOnKeyedBatches
from tfx_bsl.public.proto import model_spec_pb2

from components.names import FROM_FILES, PROBABILITIES

_OF_PART = 500  # names that a worker takes at a time
# Held at a time by each thread of a worker.
_MOST_PICTURES, _MOST_BYTES = 100, 32_000_000
_FAILED = "failed"

#: A picture's name → its content; or, as text, why it has none. Workers import it by its name.
Read = Callable[[str], "bytes | str"]


class Answered(NamedTuple):
    """What a model says of a picture.

    Attributes:
      name: of the picture.
      probabilities: of each class, 0 … 1; empty where it was not asked.
      error: why not; else "".
    """

    name: str
    probabilities: list[float]
    error: str


class _Batch(NamedTuple):
    """Pictures that are asked at once: where they stand, and why some were not asked."""

    part: int
    number: int
    errors: tuple[str, ...]


def infer(
    model: str, names: Iterable[str], read: Read, folder: Path, beam_args: Sequence[str]
) -> Iterator[Answered]:
    """Asks a model about pictures.

    Args:
      model: folder with a SavedModel.
      names: of the pictures, any number.
      read: see `Read`.
      folder: for what the workers hand over.
      beam_args: options for Beam.

    Yields:
      An answer a picture, in their order, when all are made.
    """
    parts = 0
    for parts, part in enumerate(_parts(names), 1):
        _part_file(folder, parts - 1).write_text(json.dumps(part))
    if not parts:
        return
    spec = model_spec_pb2.InferenceSpecType()
    spec.saved_model_spec.model_path = model
    spec.saved_model_spec.signature_name.append(FROM_FILES)
    # The batches are made: Beam shall not join them again.
    spec.batch_parameters.min_batch_size = spec.batch_parameters.max_batch_size = 1
    with beam.Pipeline(options=PipelineOptions(list(beam_args))) as pipeline:
        batches = (
            pipeline
            | "Parts" >> beam.Create(range(parts))
            | "Read" >> beam.ParDo(_ReadPart(str(folder), read)).with_outputs(_FAILED, main="read")
        )
        _ = (
            batches.read
            | "Ask" >> RunInferenceOnKeyedBatches(spec)
            | "WriteAnswers" >> beam.Map(_write_answers, folder=str(folder))
        )
        _ = batches[_FAILED] | "WriteErrors" >> beam.Map(_write_errors, folder=str(folder))
    for number in range(parts):
        answers = itertools.chain.from_iterable(_rows(folder, number))
        part = json.loads(_part_file(folder, number).read_text())
        for name, (probabilities, error) in zip(part, answers, strict=True):
            yield Answered(name, probabilities, error)


def _parts(names: Iterable[str]) -> Iterator[list[str]]:
    names = iter(names)
    while part := list(itertools.islice(names, _OF_PART)):
        yield part


def _part_file(folder: Path | str, number: int) -> Path:
    return Path(folder, f"part-{number}.json")


@beam.typehints.with_output_types(Tuple[Any, List[bytes]])  # noqa: UP006  (Beam knows these)
class _ReadPart(beam.DoFn):
    """The number of a part → its batches: those that are asked, and those without a picture."""

    def __init__(self, folder: str, read: Read):
        super().__init__()
        self._folder = folder
        self._read = read

    def process(self, part: int) -> Iterator[object]:
        """See the class."""
        contents: list[bytes] = []
        errors: list[str] = []
        batches = itertools.count()

        def batch() -> object:
            made = _Batch(part, next(batches), tuple(errors))
            whole = (made, list(contents)) if contents else beam.pvalue.TaggedOutput(_FAILED, made)
            contents.clear()
            errors.clear()
            return whole

        for name in json.loads(_part_file(self._folder, part).read_text()):
            content = self._read(name)
            errors.append(content if isinstance(content, str) else "")
            if isinstance(content, bytes):
                contents.append(content)
            if len(errors) >= _MOST_PICTURES or sum(map(len, contents)) >= _MOST_BYTES:
                yield batch()
        if errors:
            yield batch()


def _write_answers(asked: tuple[_Batch, list[Any]], folder: str) -> None:
    batch, logs = asked
    answers = iter(logs)
    rows = []
    for error in batch.errors:
        probabilities: list[float] = []
        if not error:
            response = next(answers).predict_log.response
            probabilities = tf.make_ndarray(response.outputs[PROBABILITIES])[0].tolist()
        rows.append((probabilities, error))
    _write(batch, rows, folder)


def _write_errors(batch: _Batch, folder: str) -> None:
    _write(batch, [([], error) for error in batch.errors], folder)


def _write(batch: _Batch, rows: list[tuple[list[float], str]], folder: str) -> None:
    aside = Path(folder, f"{uuid.uuid4().hex}.aside")
    aside.write_text(json.dumps(rows))
    os.replace(aside, _rows_file(folder, batch.part, batch.number))


def _rows_file(folder: Path | str, part: int, number: int) -> Path:
    return Path(folder, f"rows-{part}-{number}.json")


def _rows(folder: Path, part: int) -> Iterator[list[tuple[list[float], str]]]:
    for number in itertools.count():
        file = _rows_file(folder, part, number)
        if not file.exists():
            return
        yield json.loads(file.read_text())

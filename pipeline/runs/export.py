"""A finished run's candidate in a format for others to use, checked against the original."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components import features, names
from components.errors import UserError
from components.files import absolute
from components.serving.formats import FORMATS, ask, check_packages, write
from pipeline.runs.candidate import candidate_model
from pipeline.runs.folders import RunFolder
from pipeline.runs.result import EXPERIMENT

_PICTURES = 200
_OF_QUANTIZED = 1_000  # pictures: a loss of accuracy takes more to be seen
_PARITY = 1e-5


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
      path: of the file or folder.
      size: in bytes.
      served_size: of the SavedModel that it was made of, in bytes.
      input_shape: (height, width, channels) of the pixels that it takes.
      class_names: of what it answers, in this order.
      pictures: of split test that it was asked about.
      largest_difference: of their probabilities from the original's.
      accuracy: on them, the original's and its own.
      answered_otherwise: of them, by another class than the original's.
    """

    path: Path
    size: int
    served_size: int
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    pictures: int
    largest_difference: float
    accuracy: tuple[float, float]
    answered_otherwise: int


def default_output(run: RunFolder, format_name: str) -> Path:
    """Where an export goes if nothing else is said: a name in the current folder."""
    return Path(f"{run.experiment.path.name}-{run.id}{FORMATS[format_name].ending}")


def check_output(format_name: str, output: Path) -> None:
    """Makes sure that an export can go there, and that its format can be written.

    Raises:
      UserError: it cannot: there is something, or the name is not one of this format.
    """
    check_packages(format_name)
    ending = FORMATS[format_name].ending
    if not output.name.endswith(ending):
        raise UserError(f"--output {output}: a {format_name} file's name ends in {ending}")
    absolute(output)  # refuses what no library could write
    if output.exists() or output.is_symlink():
        raise UserError(f"{output} is there already: name another --output, or move it away")


def export_candidate(run: RunFolder, format_name: str, output: Path) -> Exported:
    """Exports the candidate (of the first seed), as it is served.

    Args:
      run: a finished one.
      format_name: one of `FORMATS`.
      output: see `check_output`; its folder is made.

    Raises:
      UserError: the run has no model that can be exported, or not in this format; or what was
        written does not answer as the original does (of a quantized format: with no
        probabilities). Nothing is left then.
    """
    check_output(format_name, output)
    model = candidate_model(run)
    class_names = run.read(EXPERIMENT).dataset.class_names
    quantized = FORMATS[format_name].quantized
    pixels, labels, expected = _original(run, model, _OF_QUANTIZED if quantized else _PICTURES)
    output.parent.mkdir(parents=True, exist_ok=True)
    # Beside it, so that it gets its name at once when it is whole.
    with tempfile.TemporaryDirectory(prefix=".export-", dir=output.parent) as folder:
        aside = Path(folder, output.name)
        write(format_name, model, aside.absolute())
        answers = ask(format_name, aside.absolute(), pixels, Path(folder).absolute())
        differ = _difference(answers, expected)
        allowed = 1.0 if quantized else _PARITY
        if not differ <= allowed:
            raise UserError(
                f"the model as {format_name} differs by {differ:.2g} from the original in the "
                f"probabilities of {len(pixels):,} test pictures, more than {allowed:g}: it was "
                "not kept"
            )
        check_output(format_name, output)  # minutes may have passed
        shutil.move(aside, output)
    return Exported(
        path=output,
        size=_size(output),
        served_size=_size(model),
        input_shape=pixels.shape[1:],
        class_names=class_names,
        pictures=len(pixels),
        largest_difference=differ,
        accuracy=(_accuracy(expected, labels), _accuracy(answers, labels)),
        answered_otherwise=int((answers.argmax(axis=1) != expected.argmax(axis=1)).sum()),
    )


def _accuracy(answers: np.ndarray, labels: np.ndarray) -> float:
    return float((answers.argmax(axis=1) == labels).mean())


def _original(
    run: RunFolder, model: Path, pictures: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Test pictures as the model takes pixels (uint8), their labels, and its probabilities."""
    # Seconds, and TensorFlow, which what is looked at before does not need.
    import tensorflow as tf
    import tensorflow_transform as tft

    from components.examples import parse, records_of
    from components.trainer.input_pipeline import raw_features, transform_function
    from pipeline.runs.metadata import read_run

    nodes = read_run(run.experiment.metadata, run.tfx_run)
    examples = nodes[names.EXAMPLE_GEN].folder(names.OUTPUT_EXAMPLES)
    graph = nodes[names.TRANSFORM].folder(names.OUTPUT_TRANSFORM_GRAPH)
    signatures = tf.saved_model.load(str(model)).signatures
    transform = transform_function(tft.TFTransformOutput(str(graph)))
    batches = []
    first = records_of(f"{examples}/Split-{features.TEST}").take(pictures)
    for records in first.batch(_PICTURES):
        stored, labels = parse(records, features.IMAGE, features.LABEL)
        pixels = transform(raw_features(stored, None))[features.PIXELS]  # k / 255, k whole
        expected = signatures[names.EVALUATE](examples=records)[names.PROBABILITIES]
        batch = np.rint(pixels.numpy() * 255).astype(np.uint8), labels.numpy(), expected.numpy()
        batches.append(batch)
    all_pixels, all_labels, all_expected = map(np.concatenate, zip(*batches, strict=True))
    return all_pixels, all_labels, all_expected


def _difference(answers: np.ndarray, expected: np.ndarray) -> float:
    """The largest; what is of another shape, or no number, differs without end."""
    if answers.shape != expected.shape or not np.isfinite(answers).all():
        return float("inf")
    return float(np.abs(answers - expected).max())


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())

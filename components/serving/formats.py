"""The formats that a served model can be exported to, each converted and asked in a process apart.

`python -m components.serving.formats write FORMAT MODEL OUTPUT`
`python -m components.serving.formats ask FORMAT OUTPUT PIXELS.npy PROBABILITIES.npy`

A converter that cannot do a model may end the whole process, and asking what was written in a fresh
one shows that it needs nothing of the one that wrote it. All formats but the SavedModel hold the
model from pixels on (the signature `from_pixels`): they know no files.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.code import is_own
from components.errors import UserError
from components.garbage import collecting_less
from components.names import ARCHITECTURE, FROM_PIXELS, PROBABILITIES

_BATCH = 20  # pictures asked at a time
_PIXELS = "pixels"  # the input of `from_pixels`, in those formats that name inputs


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
      ending: of the names of its files; "" for a folder.
      write: from the folder of a SavedModel, to a path that is not there yet.
      ask: what is at a path, pixels (uint8 [n, height, width, channels]) → float32 [n, classes].
      packages: that it needs beside this project's own.
      extra: of setup.py, which installs them.
      quantized: whether it holds rounded weights, and so answers otherwise than the original.
    """

    ending: str
    write: Callable[[Path, Path], None]
    ask: Callable[[Path, np.ndarray], np.ndarray]
    packages: tuple[str, ...] = ()
    extra: str = ""
    quantized: bool = False


def _write_saved_model(model: Path, output: Path) -> None:
    shutil.copytree(model, output)


def _ask_saved_model(path: Path, pixels: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    asked = tf.saved_model.load(str(path)).signatures[FROM_PIXELS]
    return _in_batches(lambda batch: asked(pixels=tf.constant(batch))[PROBABILITIES], pixels)


def _write_keras(model: Path, output: Path) -> None:
    import keras
    import tensorflow as tf

    from components.environment import set_keras

    set_keras()
    text = (model / ARCHITECTURE).read_text(encoding="utf-8")
    # Keras imports what a description names: that would run code of whoever made the model.
    if foreign := sorted({name for name in _modules(json.loads(text)) if not _may_run(name)}):
        raise UserError(f"it has layers of {foreign[0]}, which is no part of Keras or this project")
    layers = keras.models.model_from_json(text)
    trained = tf.saved_model.load(str(model)).model_variables
    for weight, value in zip(layers.weights, trained, strict=True):
        weight.assign(value)
    from_pixels = [
        keras.layers.Input(layers.input_shape[1:], dtype="uint8", name=_PIXELS),
        keras.layers.Rescaling(1 / 255),
        layers,
    ]
    keras.Sequential(from_pixels).save(output)


def _modules(described: Any) -> Iterator[str]:
    """The modules that Keras' description of a model names."""
    if isinstance(described, Mapping):
        if isinstance(described.get("module"), str):
            yield described["module"]
        described = list(described.values())
    if isinstance(described, list):
        for part in described:
            yield from _modules(part)


def _may_run(module: str) -> bool:
    return module.partition(".")[0] in ("keras", "builtins") or is_own(module)


def _ask_keras(path: Path, pixels: np.ndarray) -> np.ndarray:
    import keras

    model = keras.saving.load_model(path, compile=False)
    return _in_batches(lambda batch: model(batch, training=False), pixels)


def _write_tflite(model: Path, output: Path, *, quantized: bool = False) -> None:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(model))
    # Not by `from_saved_model`, which ends the process at the variables of Keras 3's models.
    functions = [loaded.signatures[FROM_PIXELS]]
    converter = tf.lite.TFLiteConverter.from_concrete_functions(functions, loaded)
    if quantized:  # weights of 8 bits
        # https://ai.google.dev/edge/litert/models/post_training_quant
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    output.write_bytes(converter.convert())


def _ask_tflite(path: Path, pixels: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=str(path))
    [asked], [answered] = interpreter.get_input_details(), interpreter.get_output_details()

    def answer(batch: np.ndarray) -> np.ndarray:
        interpreter.resize_tensor_input(asked["index"], batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(asked["index"], batch)
        interpreter.invoke()
        answers: np.ndarray = interpreter.get_tensor(answered["index"])
        return answers

    return _in_batches(answer, pixels)


def _write_onnx(model: Path, output: Path) -> None:
    from tf2onnx import convert

    sys.argv[1:] = [
        *("--saved-model", str(model), "--tag", "serve", "--signature_def", FROM_PIXELS),
        *("--output", str(output)),
    ]
    convert.main()


def _ask_onnx(path: Path, pixels: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return _in_batches(lambda batch: session.run([PROBABILITIES], {_PIXELS: batch})[0], pixels)


def _in_batches(answer: Callable[[np.ndarray], Any], pixels: np.ndarray) -> np.ndarray:
    batches = [pixels[first : first + _BATCH] for first in range(0, len(pixels), _BATCH)]
    return np.concatenate([np.asarray(answer(batch)) for batch in batches])


#: By name. The first is what TensorFlow Serving takes.
FORMATS: Mapping[str, Format] = {
    "savedmodel": Format("", _write_saved_model, _ask_saved_model),
    "keras": Format(".keras", _write_keras, _ask_keras),
    "tflite": Format(".tflite", _write_tflite, _ask_tflite),
    "tflite-quantized": Format(
        ".tflite", functools.partial(_write_tflite, quantized=True), _ask_tflite, quantized=True
    ),
    "onnx": Format(".onnx", _write_onnx, _ask_onnx, ("tf2onnx", "onnxruntime"), "onnx"),
}


def check_packages(name: str) -> None:
    """Makes sure that what a format needs is installed.

    Raises:
      UserError: it is not.
    """
    needed = FORMATS[name]
    if missing := [p for p in needed.packages if importlib.util.find_spec(p) is None]:
        raise UserError(
            f"--format {name} needs {' and '.join(missing)}: pip install -c constraints/FILE.txt "
            f"-e '.[{needed.extra}]'"
        )


def write(name: str, model: Path, output: Path) -> None:
    """Converts a model, in a process of its own.

    Args:
      name: of the format.
      model: folder of the SavedModel.
      output: is not there yet; its name ends as the format's do.

    Raises:
      UserError: it cannot be converted.
    """
    _do("write", name, str(model), str(output), failed=f"the model cannot be had as {name}")


def ask(name: str, path: Path, pixels: np.ndarray, folder: Path) -> np.ndarray:
    """What an exported model says of pictures, in a process of its own.

    Args:
      name: of the format.
      path: what `write` has written.
      pixels: uint8 [n, height, width, channels].
      folder: for what the processes hand over.

    Returns:
      float32 [n, classes].

    Raises:
      UserError: it cannot be asked.
    """
    asked, answered = folder / "pixels.npy", folder / "probabilities.npy"
    np.save(asked, pixels)
    files = (str(path), str(asked), str(answered))
    _do("ask", name, *files, failed=f"what was written as {name} cannot be used")
    answers: np.ndarray = np.load(answered)
    return answers


def _do(*words: str, failed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", __name__, *words],
        cwd=Path(__file__).resolve().parent.parent.parent,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if not done.returncode:
        return
    said = (done.stderr.strip().splitlines() or [""])[-1].strip()
    if done.returncode < 0:  # the converter ended its process
        ended = f"the process ended by {signal.Signals(-done.returncode).name}"
        said = f"{ended} ({said})" if said else ended
    raise UserError(f"{failed}: {said or 'no reason was given'}")


def main(what: str, name: str, *paths: str) -> None:
    """See the module's text; a failure ends the process with one line."""
    chosen, (source, *others) = FORMATS[name], map(Path, paths)
    try:
        if what == "write":
            chosen.write(source, *others)
        else:
            pixels, answers = others
            np.save(answers, chosen.ask(source, np.load(pixels)))
    except Exception as error:  # whatever a converter raises, its first line is what can be told
        lines = (line.strip() for line in str(error).splitlines())
        said = next((line for line in lines if line), "")
        kind = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
        raise SystemExit(f"{kind}{said}") from None


if __name__ == "__main__":
    with collecting_less():
        main(*sys.argv[1:])

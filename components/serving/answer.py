"""A model server in small: asks an exported model about picture files, in a process of its own.

`python -m components.serving.answer MODEL FILES.npz ANSWERS.npz`: nothing but TensorFlow is
loaded, so what the training process knew and the SavedModel lacks comes to light.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.garbage import collecting_less
from components.names import PROBABILITIES, SERVING, VALID

OUTPUTS = (PROBABILITIES, "class_id", "class_name", VALID)


@dataclass(frozen=True)
class Answers:
    """What a model answers, picture by picture.

    Attributes:
      probabilities: float32 [pictures, classes].
      class_id: int64 [pictures].
      class_name: str [pictures].
      valid: bool [pictures]: whether the file could be decoded; if not, the others are 0, −1, "".
    """

    probabilities: np.ndarray
    class_id: np.ndarray
    class_name: np.ndarray
    valid: np.ndarray


class AnswerError(Exception):
    """The model cannot be asked; the text is one line."""


def ask(model: Path | str, files: list[bytes]) -> Answers:
    """Asks a model about encoded pictures, in a fresh process.

    Args:
      model: folder with a SavedModel.
      files: contents of JPEG, PNG, GIF or BMP files, see `components.pictures.decode`.

    Raises:
      AnswerError: the process failed; the text is its last line.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "files.npz"), Path(folder, "answers.npz")
        # As bytes: strings of NumPy would lose zero bytes at their end.
        np.savez(asked, *[np.frombuffer(file, np.uint8) for file in files])
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(model), str(asked), str(answered)],
            cwd=Path(__file__).resolve().parent.parent.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AnswerError((done.stderr.strip().splitlines() or ["no answer"])[-1])
        with np.load(answered) as arrays:
            return Answers(**{name: arrays[name] for name in OUTPUTS})


def main(model: str, asked: str, answered: str) -> None:
    """See the module's text."""
    import tensorflow as tf

    with np.load(asked) as arrays:
        files = [arrays[f"arr_{index}"].tobytes() for index in range(len(arrays.files))]
    # As TensorFlow Serving loads it, by the graph alone: `tf.saved_model.load` makes Python's
    # objects anew, and would hide what is only restored with them.
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        loaded = tf.compat.v1.saved_model.loader.load(session, ["serve"], model)
        signature = loaded.signature_def[SERVING]
        if set(signature.outputs) != set(OUTPUTS):
            given = sorted(signature.outputs)
            raise SystemExit(f"{SERVING} gives {given}, not {sorted(OUTPUTS)}")
        tensors = {name: signature.outputs[name].name for name in OUTPUTS}
        outputs = session.run(tensors, {signature.inputs["image"].name: files})
    outputs["class_name"] = np.char.decode(outputs["class_name"].astype(bytes), "utf-8")
    np.savez(answered, **outputs)


if __name__ == "__main__":
    with collecting_less():
        main(*sys.argv[1:])

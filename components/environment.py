"""What of a process' surroundings changes what models learn: set here, or recorded.

Keras reads `~/.keras/keras.json` and variables of the environment, TensorFlow many variables more.
What Keras reads, this project sets, so that no file of the machine enters a run unnoticed. What
TensorFlow reads stays as it is; it is recorded with the run, and is part of a training's cache key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.errors import UserError
from components.json_text import parse_json

#: Keras' own settings, whatever its file says: of https://keras.io/api/utils/config_utils/.
KERAS = {
    "backend": "tensorflow",
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
}
_VARIABLES = {
    "KERAS_BACKEND": str(KERAS["backend"]),
    # TensorFlow Transform asks for Keras 2 as tf.keras, which this project does not use itself.
    "TF_USE_LEGACY_KERAS": "1",
}
# Keras does not even start with others: https://github.com/keras-team/keras (backend/config.py).
_POSSIBLE = {
    "floatx": ("float16", "float32", "float64"),
    "image_data_format": ("channels_last", "channels_first"),
}

# Not all of "TF_": logs, memory, and Terraform's, whose TF_VAR_… and TF_TOKEN_… may be secrets.
_PREFIXES = (
    *("TF_AUTO_MIXED_PRECISION_", "TF_CUBLAS", "TF_CUDNN_", "TF_DETERMINISTIC_", "TF_DISABLE_"),
    *("TF_ENABLE_", "TF_FP16_", "TF_MKL_", "TF_OVERRIDE_", "TF_USE_", "TF_XLA_", "XLA_"),
    *("DNNL_", "ONEDNN_", "NVIDIA_TF32_"),
)


def set_variables() -> None:
    """Sets what must be set before Keras is imported; for the start of a process.

    Raises:
      UserError: the user asks for another backend, or Keras' file is none that it starts with.
    """
    wanted = os.environ.get("KERAS_BACKEND") or KERAS["backend"]
    if wanted != KERAS["backend"]:
        raise UserError(
            f"KERAS_BACKEND={wanted}: models are trained by Keras on TensorFlow here: unset it"
        )
    _check_file(Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json")
    os.environ.update(_VARIABLES)


def set_keras() -> None:
    """Sets Keras up as `KERAS` says; for nodes that build models, before they do.

    Raises:
      UserError: Keras was imported with another backend.
    """
    import keras  # here, since settings are read without it

    if keras.config.backend() != KERAS["backend"]:
        raise UserError(
            f"Keras was started on {keras.config.backend()}: models are trained on TensorFlow "
            "here: unset KERAS_BACKEND, and start anew"
        )
    keras.config.set_floatx(KERAS["floatx"])
    keras.config.set_epsilon(KERAS["epsilon"])
    keras.config.set_image_data_format(KERAS["image_data_format"])
    keras.mixed_precision.set_global_policy(KERAS["floatx"])  # what floatx was before counts else


def variables() -> dict[str, str]:
    """The variables of this process that change what TensorFlow computes, as they are set."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(_PREFIXES) and name not in _VARIABLES
    }


def recorded() -> dict[str, str]:
    """What a run records of its surroundings, by name: Keras' settings, and `variables`."""
    return {**{f"keras.{name}": str(value) for name, value in KERAS.items()}, **variables()}


def _check_file(file: Path) -> None:
    try:
        content: Any = parse_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # Keras takes no notice of it either
    if not isinstance(content, Mapping):
        raise UserError(f"{file}: Keras cannot start with it: delete it")
    for name, possible in _POSSIBLE.items():
        if content.get(name, possible[0]) not in possible:
            raise UserError(f"{file}: {name} must be {' or '.join(possible)}: correct or delete it")
    if not isinstance(content.get("epsilon", 1.0), float):
        raise UserError(f"{file}: epsilon must be a number like 1e-07: correct or delete it")

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from components import environment
from components.errors import UserError
from tests.conftest import Cli

BUILD = """
from components.environment import set_keras, set_variables
set_variables()
import keras
set_keras()
layer = keras.layers.Conv2D(2, 3)
layer.build([None, 8, 8, 1])
print(keras.config.backend(), keras.config.floatx(), keras.config.epsilon(), layer.data_format,
      layer.compute_dtype, layer.dtype)
"""


def test_keras_own_file_does_not_enter(tmp_path: Path) -> None:
    config = {"floatx": "float16", "epsilon": 0.5, "backend": "jax"}
    (tmp_path / "keras.json").write_text(
        json.dumps({**config, "image_data_format": "channels_first"})
    )
    surroundings = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", BUILD],
        env={**surroundings, "KERAS_HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        *("tensorflow", "float32", "1e-07", "channels_last", "float32", "float32")
    ]


def test_another_backend_is_refused_in_a_line(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    done = cli("run", "mlp-batchnorm")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: KERAS_BACKEND=jax: models are trained by Keras on TensorFlow here: unset it\n"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"floatx": "bfloat16"}', "floatx must be float16 or float32 or float64"),
        ('{"image_data_format": 3}', "image_data_format must be channels_last or"),
        ('{"epsilon": 1}', "epsilon must be a number like 1e-07"),
        ("[]", "Keras cannot start with it"),
    ],
)
def test_a_file_that_keras_cannot_start_with_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    (tmp_path / "keras.json").write_text(content)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(UserError, match=f"keras.json: {said}"):
        environment.set_variables()


def test_what_changes_tensorflows_figures_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(environment.variables()):
        monkeypatch.delenv(name)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setenv("TF_VAR_password", "of Terraform")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    assert environment.variables() == {
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "XLA_FLAGS": "--xla_cpu_enable_fast_math",
    }
    assert environment.recorded() == {
        **{"keras.backend": "tensorflow", "keras.floatx": "float32", "keras.epsilon": "1e-07"},
        "keras.image_data_format": "channels_last",
        **environment.variables(),
    }

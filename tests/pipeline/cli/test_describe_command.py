"""`describe`: the models are built, so these import TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Cli


def test_settings_stand_side_by_side_and_layers_below(cli_here: Cli) -> None:
    done = cli_here("describe", "mlp-batchnorm", "--set", "candidate.lr=3")
    assert done.returncode == 2  # as of `run`
    done = cli_here("describe", "mlp-batchnorm", "--set", "candidate.optimizer.learning_rate=0.01")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0].startswith("mlp-batchnorm: Does Batch Normalization improve")
    assert "≠ optimizer.learning_rate 0.001 0.01" in lines
    assert "epochs 10 10" in lines
    assert "≠ title MLP MLP + Batch Normalization" in lines
    assert "augmentation: none: no arm augments" in lines
    assert "gate.min_accuracy = 0.8" in lines
    candidate = lines[lines.index("candidate: MLP + Batch Normalization") :]
    assert any(line.startswith("BatchNormalization ") for line in candidate)
    assert any("are not trained" in line for line in candidate)  # the moving averages


def test_json_holds_all_of_it(cli_here: Cli) -> None:
    done = cli_here("describe", "cnn-augmentation", "--json", "--set=dataset.shape=64,64,3")
    assert (done.returncode, done.stderr) == (0, "")
    described = json.loads(done.stdout)
    assert described["input_shape"] == [64, 64, 3]
    assert described["policy"][0].startswith("RandomFlip(")
    settings = {setting["name"]: setting for setting in described["arms"]}
    differing = {name for name, setting in settings.items() if setting["differs"]}
    assert differing == {"title", "augment"}
    for role in ("baseline", "candidate"):
        model = described[role]
        assert sum(layer["parameters"] for layer in model["layers"]) == model["parameters"]
        assert model["trained"] < model["parameters"]
        assert model["layers"][-1]["shape"] == [2]


def test_arms_of_other_types_have_other_settings(cli_here: Cli) -> None:
    described = json.loads(cli_here("describe", "resnet50-transfer", "--json").stdout)
    [upsampling] = [s for s in described["arms"] if s["name"] == "upsampling"]
    assert (upsampling["baseline"], upsampling["candidate"]) == (None, 7)
    assert described["candidate"]["trained"] < described["candidate"]["parameters"] / 10


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("mine.broken", "candidate.model=mine.broken: cannot be built: RuntimeError: no layers"),
        ("mine.nothing", "module 'mine' has no 'nothing'"),
        ("nowhere.build", "no module 'nowhere'"),
    ],
)
def test_a_model_that_cannot_be_built_is_one_line(
    cli_here: Cli, tmp_path: Path, model: str, said: str
) -> None:
    (tmp_path / "mine.py").write_text(
        "def broken(shape, classes):\n    raise RuntimeError('no layers\\nand more')\n"
    )
    done = cli_here("describe", "mlp-batchnorm", f"--set=candidate.model={model}")
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert said in line


def test_a_models_arguments_and_the_augmentations_strength_count(cli_here: Cli) -> None:
    described = cli_here(
        *("describe", "mlp-batchnorm", "--json", "--set", "candidate.augment=true"),
        *("--set", "candidate.model=components.trainer.models.switches.mlp"),
        *("--set", "candidate.arguments.dropout=0.25", "--set", "augmentation_strength=0.5"),
    )
    assert described.returncode == 0, described.stderr
    description = json.loads(described.stdout)
    assert [layer["kind"] for layer in description["candidate"]["layers"]].count("Dropout") == 2
    assert "share=0.25" in description["policy"][0]
    wrong = cli_here("describe", "mlp-batchnorm", "--set", "candidate.arguments.dropout=0.25")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "takes no arguments" in wrong.stderr

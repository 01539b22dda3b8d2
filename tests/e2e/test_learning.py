"""What a run says of models that did not learn as they should: real trainings, tiny ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Cli, write_idx_folder

pytestmark = pytest.mark.slow

TINY = ["--set=gate.min_accuracy=0.1", "--set=gate.min_improvement=-1"]


def test_a_training_that_diverges_ends_the_run_in_one_line(cli: Cli, idx_folder: Path) -> None:
    done = cli(
        *("run", "mlp-batchnorm", f"--data={idx_folder}", "--root=runs", *TINY),
        "--set=baseline.optimizer.name=SGD",
        "--set=baseline.optimizer.learning_rate=1e30",
    )
    assert done.returncode == 2, done.stdout + done.stderr
    [line] = done.stderr.splitlines()
    assert re.match(
        r"error: Trainer\.baseline: the loss of Trainer\.baseline \(seed \d+\) is not a number "
        r"\((nan|inf)\) in epoch 1 of 10, step \d of 2: the training has diverged\.",
        line,
    )
    assert line.endswith("--set baseline.optimizer.learning_rate=0.01")
    assert not re.search(r"^(Evaluator|Significance|Pusher) ", done.stdout, flags=re.MULTILINE)
    folder = idx_folder.parent / "runs" / "mlp-batchnorm"
    assert not (folder / "serving").exists()
    assert not list((folder / "training").glob("*"))


def test_too_few_steps_for_batch_normalization_are_not_judged(cli: Cli, tmp_path: Path) -> None:
    data = write_idx_folder(tmp_path / "data", train=1500, test=500)
    done = cli(
        *("run", "mlp-batchnorm", f"--data={data}", "--root=runs", *TINY),
        *("--set=baseline.epochs=4", "--set=candidate.epochs=2", "--set=robustness_pictures=0"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    headline = next(line for line in done.stdout.splitlines() if line.startswith("Not judged: "))
    assert "MLP + Batch Normalization is not served as it was trained" in headline
    assert "they need about 459 (" in headline
    assert "--set candidate.epochs=" in headline
    assert "The candidate is not blessed, and was not pushed" in done.stdout
    assert not re.search("paid off|did harm|Conclusion", done.stdout)

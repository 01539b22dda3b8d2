"""What runs whose truth is known say: real trainings, tiny ones."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import write_idx_folder
from tests.e2e.workshop import Workshop

pytestmark = pytest.mark.slow


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


TINY = ["--set=gate.min_accuracy=0.1", "--set=gate.min_improvement=-1"]


def test_a_training_that_diverges_ends_the_run_in_one_line(
    workshop: Workshop, idx_folder: Path
) -> None:
    done = workshop.run(
        *("run", "mlp-batchnorm", f"--data={idx_folder}", *TINY),
        "--jobs=1",
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
    folder = workshop.root / "mlp-batchnorm"
    assert not (folder / "serving").exists()
    assert not list((folder / "training").glob("*"))


def test_too_few_steps_for_batch_normalization_are_not_judged(workshop: Workshop) -> None:
    done = workshop.run(
        *("run", "mlp-batchnorm", "--data=sample", "--limit=1500", *TINY),
        *("--set=baseline.epochs=8", "--set=baseline.batch_size=16", "--set=candidate.epochs=3"),
        "--set=robustness_pictures=0",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    headline = next(line for line in done.stdout.splitlines() if "Not judged: " in line)
    assert "MLP + Batch Normalization is not served as it was trained" in headline
    assert "they need about 459 (" in headline
    assert "--set candidate.epochs=" in headline
    assert "The candidate is not blessed, and was not pushed" in done.stdout
    assert not re.search("paid off|did harm|Conclusion", done.stdout)


def test_the_same_model_under_the_same_seed_answers_alike(
    workshop: Workshop, idx_folder: Path
) -> None:
    done = workshop.run(
        *("run", "mlp-batchnorm", f"--data={idx_folder}", *TINY),
        "--set=candidate.model=components.trainer.models.mlp.build_mlp_model",
        *(f"--set={role}.epochs=6" for role in ("baseline", "candidate")),
        *(f"--set={role}.batch_size=16" for role in ("baseline", "candidate")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Both models answer alike on every test picture." in done.stdout
    assert "(+0.00 points)" in done.stdout
    assert "No class, corruption or other figure changed beyond chance." in done.stdout
    assert not re.search("paid off|did harm", done.stdout)


def test_a_test_set_that_was_trained_on_ends_the_run(workshop: Workshop, tmp_path: Path) -> None:
    data = write_idx_folder(tmp_path / "data")
    for what in ("images-idx3", "labels-idx1"):
        shutil.copy(data / f"train-{what}-ubyte.gz", data / f"t10k-{what}-ubyte.gz")
    done = workshop.run("run", "mlp-batchnorm", f"--data={data}", *TINY)
    assert done.returncode == 2, done.stdout + done.stderr
    [line] = done.stderr.splitlines()
    assert "200 of 200 test pictures stand in train or eval, too, more than a share of" in line
    assert "Trainer" not in done.stdout


def test_repeats_on_draws_of_their_own_tell_of_the_method(
    workshop: Workshop, tmp_path: Path
) -> None:
    data = write_idx_folder(tmp_path / "data", train=800, test=300)
    done = workshop.run(
        *("run", "mlp-batchnorm", f"--data={data}", *TINY),
        *("--repeats=2", "--redraw", "--set=dataset.train_limit=400"),
        *("--set=baseline.epochs=1", "--set=candidate.epochs=12"),
        *("--set=candidate.batch_size=8", "--set=robustness_pictures=0"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for node in ("ExampleGen", "StatisticsGen", "ExampleValidator"):
        assert re.search(rf"^{node}\.2 +done ", done.stdout, flags=re.MULTILINE)
    assert "Each repeat was trained on a draw of its own from the training pictures." in done.stdout
    # One epoch says nothing of whether a training is finished.
    headline = next(line for line in done.stdout.splitlines() if "Not judged: " in line)
    assert "MLP (seed " in headline
    assert "--set baseline.epochs=" in headline
    assert not re.search("paid off|did harm|Conclusion", done.stdout)

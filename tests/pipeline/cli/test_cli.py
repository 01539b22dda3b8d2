"""The command line, and that each mistake costs one line and exit code 2."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from components.ingestion.formats.idx_file import write_idx
from pipeline.runs.folders import ExperimentFolder
from tests.conftest import Cli, write_idx_folder

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


def test_list_names_the_experiments(cli: Cli) -> None:
    done = cli("list")
    assert done.returncode == 0
    assert "mlp-batchnorm" in done.stdout
    assert "Does Batch Normalization improve a multilayer perceptron?" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "mlp-batchnrom"], "did you mean mlp-batchnorm?"),
        (["run", "mlp-batchnorm", "--set", "candidate.epoch=3"], "did you mean candidate.epochs?"),
        (["run", "mlp-batchnorm", "--set", "candidate.epochs=x"], "must be a whole number"),
        (["run", "mlp-batchnorm", "--limit", "-3"], "train_limit=-3: must be at least 0"),
        (["run", "mlp-batchnorm", "--data", "nowhere"], "nowhere is not a folder"),
        (
            ["run", "mlp-batchnorm", "--no-cache", "--from-node", "Evaluator"],
            "leave out --from-node",
        ),
        (["run", "mine:MINE"], "no module 'mine'"),
        (["show"], "no finished run in runs"),
        (["show", "yesterday"], "no finished run 'yesterday'"),
    ],
)
def test_a_mistake_costs_one_line_and_exit_code_2(
    cli_here: Cli, arguments: list[str], said: str
) -> None:
    done = cli_here(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def cut_short(folder: Path) -> None:
    content = (folder / IMAGES).read_bytes()
    (folder / IMAGES).write_bytes(content[: len(content) // 2])


def wrong_magic(folder: Path) -> None:
    (folder / IMAGES).write_bytes(gzip.compress(b"\x00\x00\x99\x03" + b"\0" * 100))


def one_label_less(folder: Path) -> None:
    write_idx(folder / LABELS, np.zeros(199, np.uint8))


def no_labels(folder: Path) -> None:
    (folder / LABELS).unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_short, f"{IMAGES} is cut short: copy or download it again"),
        (wrong_magic, f"{IMAGES} is not an IDX file: it starts with 00 00 99 03"),
        (one_label_less, f"200 pictures but {LABELS} 199 labels"),
        (no_labels, "holds no file train-labels-idx1-ubyte"),
    ],
)
def test_broken_data_cost_one_line_and_exit_code_2(
    cli_here: Cli, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    folder = write_idx_folder(tmp_path / "data")
    damage(folder)
    done = cli_here("run", "mlp-batchnorm", "--data", folder)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_an_archive_that_would_write_elsewhere_is_refused(cli_here: Cli, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
        file.writestr("cat.0.jpg", b"")
        file.writestr("../../x.jpg", b"")
    done = cli_here("run", "cnn-regularized", "--data", tmp_path / "bad.zip")
    assert done.returncode == 2
    assert "bad.zip is refused: its entry '../../x.jpg' would be written outside" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_a_second_run_of_an_experiment_is_refused(cli_here: Cli, tmp_path: Path) -> None:
    data = write_idx_folder(tmp_path / "data")
    with ExperimentFolder.of(tmp_path / "runs", "mlp-batchnorm").locked():
        done = cli_here("run", "mlp-batchnorm", "--data", data)
    assert done.returncode == 2
    assert "another run of mlp-batchnorm is going on" in done.stderr


def test_a_record_that_cannot_be_used_is_told_before_a_run_begins(
    cli_here: Cli, tmp_path: Path
) -> None:
    data = write_idx_folder(tmp_path / "data")
    home = ExperimentFolder.of(tmp_path / "runs", "mlp-batchnorm")
    home.path.mkdir(parents=True)
    home.metadata.write_bytes(b"garbage" * 1000)
    done = cli_here("run", "mlp-batchnorm", "--data", data)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "metadata.sqlite is damaged (file is not a database): move" in line
    assert home.runs() == []


def test_doctor_looks_at_everything(cli: Cli, tmp_path: Path) -> None:
    done = cli("doctor")
    looked_at = [line[6:26].strip() for line in done.stdout.splitlines()]
    assert looked_at == [
        *["Python", "glibc", "TFX", "Beam runner", "GPU", "kfp"],
        *["folder of runs", "folder of data sets"],
        *["data: CIFAR-10", "data: Dogs vs. Cats", "data: Fashion-MNIST"],
    ]
    where = f"{tmp_path / 'runs'} (--root or $REGULARIZATION_ROOT names another)"
    assert f"folder of runs       {where}" in done.stdout
    assert done.stderr == ""
    assert done.returncode == (1 if "WRONG" in done.stdout else 0)

"""What several tests share: tiny data sets, the real ones where they are, the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from components.ingestion.formats.idx_file import write_idx
from pipeline.cli.main import main

PROJECT = Path(__file__).resolve().parent.parent
Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests come first, so that no processor waits at the end for one of them."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets: $REAL_DATA, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data are not at {folder}")
    return folder


def write_idx_folder(
    folder: Path, *, train: int = 200, test: int = 100, classes: int = 10, seed: int = 0
) -> Path:
    """A tiny Fashion-MNIST-like folder: a bright bar on noise, its row tells the class."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    for prefix, count in (("train", train), ("t10k", test)):
        labels = (np.arange(count) % classes).astype(np.uint8)
        pictures = random.integers(0, 60, (count, 28, 28), dtype=np.uint8)
        for picture, label in zip(pictures, labels, strict=True):
            picture[2 * label + 2 : 2 * label + 6] += 120
        write_idx(folder / f"{prefix}-images-idx3-ubyte.gz", pictures)
        write_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", labels)
    return folder


@pytest.fixture
def idx_folder(tmp_path: Path) -> Path:
    """A folder with 200 + 100 small pictures in IDX files."""
    return write_idx_folder(tmp_path / "data")


@pytest.fixture
def new_signals() -> Iterator[None]:
    """Signals are taken as in a new process; whoever runs the tests may ignore some."""
    from tests.e2e.warm import take_signals

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    take_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Runs `python -m pipeline …` in a folder of its own."""

    def run(*arguments: object, project: Path = PROJECT) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pipeline", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(project), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def cli_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """The same in this process, which saves the seconds that imports take."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        words = [str(argument) for argument in arguments]
        exit_code = main(words)
        return subprocess.CompletedProcess(words, exit_code, *capsys.readouterr())

    return run

"""What `pip install .` installs: the program, the descriptions of data sets, nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.e2e import warm


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, downloaded data and all, built elsewhere and without a network."""
    source, out = tmp_path_factory.mktemp("tree") / "source", tmp_path_factory.mktemp("wheel")
    left_out = shutil.ignore_patterns(".*", "build", "dist", "__pycache__", "*.egg-info")
    shutil.copytree(PROJECT, source, ignore=left_out, copy_function=os.symlink)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*command, "-w", out, source], check=True)
    [file] = out.iterdir()
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like site-packages, with this package in it."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def command(installed: Path, cwd: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs a command of the package; as a new process would, but see `tests.e2e.warm`."""
    home = {"HOME": str(cwd), "XDG_CACHE_HOME": "", "XDG_DATA_HOME": "", "PIPELINE_DATA": ""}
    words = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    environment = {**os.environ, **home, "PYTHONPATH": str(installed)}
    return warm.run(words, cwd=cwd, environment=environment)


def test_the_wheel_holds_the_program_and_its_descriptions(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        str(file.relative_to(PROJECT))
        for package in ("pipeline", "components")
        for kind in ("*.py", "*.j2", "*.css", "*.js")
        for file in (PROJECT / package).rglob(kind)
    }
    described = {
        f"pipeline/_{folder}/{file.relative_to(PROJECT / folder)}"
        for folder in ("data", "kubeflow")
        for file in (PROJECT / folder).rglob("*.yaml")
    }
    packed = {name for name in names if ".dist-info/" not in name}
    assert packed == sources | described


def test_an_installed_package_compiles_from_any_folder(installed: Path, tmp_path: Path) -> None:
    done = command(
        installed, tmp_path, "compile", "mlp-batchnorm", "--image=x/y:1", "--output=package.yaml"
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "package.yaml").is_file()


@pytest.mark.slow
def test_an_installed_package_runs_and_keeps_all_in_the_users_folders(
    installed: Path, tmp_path: Path
) -> None:
    small = ("--set=baseline.epochs=1", "--set=candidate.epochs=1", "--limit=2000")
    done = command(installed, tmp_path, "run", "mlp-batchnorm", "--data=sample", *small)
    assert done.returncode == 0, done.stderr
    assert "GENERATED STAND-IN" in done.stdout
    shown = command(installed, tmp_path, "show", "mlp-batchnorm")
    assert shown.returncode == 0, shown.stderr
    # Keras writes its keras.json into the home folder at import; the rest is ours.
    assert {path.name for path in tmp_path.iterdir()} <= {".cache", ".local", ".config", ".keras"}
    assert not [path for path in installed.rglob("*") if path.name in ("sample", "runs.json")]

"""scripts/setup: which Python and which TFX it chooses, told from a PATH made up for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parent.parent / "scripts" / "setup"


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


class Machine:
    """A machine with a glibc and some Pythons."""

    def __init__(self, folder: Path, glibc: str):
        self.bin, self.pyenv = folder / "bin", folder / "pyenv"
        executable(self.bin / "getconf", f"echo glibc {glibc}")
        for tool in ("sh", "sed", "cut", "dirname", "uname"):
            (self.bin / tool).symlink_to(Path("/usr/bin") / tool)

    def has(self, version: str, path: str) -> None:
        executable(self.bin.parent / path, f"echo {version}")

    def choose(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", SETUP, "--choose"],
            env={
                "PATH": str(self.bin),
                "HOME": str(self.bin.parent),
                "PYENV_ROOT": str(self.pyenv),
            },
            capture_output=True,
            text=True,
            check=False,
        )


def test_a_new_system_gets_the_new_tfx(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "2.41")
    machine.has("3.13", "bin/python3")
    machine.has("3.10", "bin/python3.10")
    assert machine.choose().stdout.split() == [
        f"{tmp_path}/bin/python3",
        "constraints/py313-tfx1.21.txt",
    ]


def test_python_312_goes_with_the_new_tfx_too(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "2.39")
    machine.has("3.12", "bin/python3.12")
    assert machine.choose().stdout.split()[1] == "constraints/py312-tfx1.21.txt"


def test_an_older_system_gets_python_310_whatever_else_it_has(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "2.36")
    machine.has("3.13", "bin/python3")
    machine.has("3.10", "bin/python3.10")
    assert machine.choose().stdout.split() == [
        f"{tmp_path}/bin/python3.10",
        "constraints/py310-tfx1.16.txt",
    ]


def test_a_python_that_pyenv_holds_is_found_though_its_shim_does_not_start(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "2.36")
    executable(machine.bin / "python3.10", "exit 127")
    machine.has("3.10", "pyenv/versions/3.10.13/bin/python")
    assert machine.choose().stdout.split()[0] == f"{tmp_path}/pyenv/versions/3.10.13/bin/python"


@pytest.mark.parametrize(("glibc", "said"), [("2.36", "pyenv install 3.10"), ("2.41", "3.13")])
def test_without_a_fitting_python_it_says_what_to_install(
    tmp_path: Path, glibc: str, said: str
) -> None:
    machine = Machine(tmp_path, glibc)
    machine.has("3.11", "bin/python3")
    done = machine.choose()
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1

"""scripts/setup: which Python and which TFX it chooses, told from a PATH made up for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SETUP = PROJECT / "scripts" / "setup"


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


# Plays Python 3.10, makes "virtual environments" of itself, and notes what it is asked to install.
PYTHON = """
case "$*" in
  -c*) echo 3.10 ;;
  "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
  "-m pip config list") echo "$SAID_BY_PIP" ;;
  *) echo "$* index=$UV_DEFAULT_INDEX find=$UV_FIND_LINKS cert=$SSL_CERT_FILE" >>asked.txt
     case "$*" in *"$FAILS"*) echo "error: no such package"; exit 1 ;; esac
     case "$*" in *"uv pip install"*)
       echo "Resolved 2 packages in 3ms" >&2; echo " + a==1" ;; esac ;;
esac
"""
PIP_SETTINGS = """:env:.find-links='/wheels'
global.find-links='/older wheels'
global.cert='/pip/cert.pem'
install.index-url='https://index/simple'"""


def set_up(folder: Path, fails: str) -> subprocess.CompletedProcess[str]:
    """Sets up a copy of the project; what is asked of pip and uv stands in its `asked.txt`."""
    executable(folder / "bin/python3.10", PYTHON)
    executable(folder / "bin/getconf", "echo glibc 2.36")
    project = folder / "project"
    for part in ("scripts", "constraints"):
        shutil.copytree(PROJECT / part, project / part, dirs_exist_ok=True)
    shutil.copy(PROJECT / "setup.py", project)
    return subprocess.run(
        ["sh", project / "scripts/setup"],
        env={
            "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(folder),
            "SAID_BY_PIP": PIP_SETTINGS,
            "FAILS": fails,
            "SSL_CERT_FILE": "/my/cert.pem",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def asked(folder: Path) -> list[str]:
    return (folder / "project/asked.txt").read_text().splitlines()


def test_uv_installs_from_where_pip_would(tmp_path: Path) -> None:
    done = set_up(tmp_path, fails="nothing")
    assert (done.returncode, done.stdout) == (0, "")
    *begun, resolved = done.stderr.splitlines()
    assert [line[:10] for line in begun] == [f"setup: {n}/3" for n in "123"]
    assert resolved == "setup:     Resolved 2 packages in 3ms"
    log = (tmp_path / "project/.venv-setup.log").read_text()
    assert log == "Resolved 2 packages in 3ms\n + a==1\n"
    of_pip, of_uv = asked(tmp_path)
    assert of_pip.startswith("-m pip install ")
    assert " uv " in of_pip
    assert "-c constraints/py310-tfx1.16.txt -e . index=https://index/simple " in of_uv
    assert of_uv.endswith(" find=/wheels cert=/my/cert.pem")
    assert set_up(tmp_path, fails="nothing").stderr == ""
    assert len(asked(tmp_path)) == 2


def test_where_uv_cannot_pip_does_it_and_that_is_said(tmp_path: Path) -> None:
    done = set_up(tmp_path, fails="uv pip install")
    assert done.returncode == 0
    assert "setup: uv could not (error: no such package): by pip" in done.stderr
    assert asked(tmp_path)[-1].startswith("-m pip install ")


def test_where_nothing_can_install_it_says_why(tmp_path: Path) -> None:
    done = set_up(tmp_path, fails="pip install")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "error: no such package",
        "setup: pip could not install the packages; all that was said is in .venv-setup.log",
    ]
    assert not (tmp_path / "project/.venv/.installed").exists()

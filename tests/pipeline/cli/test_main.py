"""The command line as a whole: its commands, its help, and what a mistake in it costs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline.cli.commands
from pipeline.cli.main import main
from tests.conftest import PROJECT
from tests.e2e.warm import take_signals

COMMANDS = sorted(
    file.stem for file in (PROJECT / "pipeline/cli/commands").glob("*.py") if file.stem[0] != "_"
)

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of each test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def the_mistake(capsys: Output) -> str:
    """The one line that a mistake costs."""
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    return line


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_names_every_command(words: list[str], capsys: Output) -> None:
    assert main(words) == 0
    listed = re.findall(r"^  (\w+)  ", capsys.readouterr().out, re.MULTILINE)
    assert sorted(listed) == COMMANDS
    assert listed[:3] == ["list", "describe", "run"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: Output) -> None:
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: python -m pipeline {command} [OPTIONS]")


def test_the_version_is_that_of_the_package(capsys: Output) -> None:
    [version] = re.findall(r'version="(.*?)"', (PROJECT / "setup.py").read_text())
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"python -m pipeline {version}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fly"], "No such command 'fly' (see python -m pipeline --help)"),
        (["--fly"], "No such option"),
        (["run"], "Missing argument 'EXPERIMENT' (see python -m pipeline run --help)"),
        (["run", "mlp-batchnorm", "--limt", "3"], "Did you mean"),
        (["run", "mlp-batchnorm", "--limit"], "Option '--limit' requires an argument"),
        (["run", "mlp-batchnorm", "--limit", "few"], "'few' is not a valid integer"),
        (["run", "mlp-batchnorm", "--gate", "x"], "'x' is not one of 'accuracy', 'significance'"),
        (["run", "mlp-batchnorm", "cnn-regularized"], "unexpected extra argument"),
        (["compile", "mlp-batchnorm", "--image", "i"], "Missing option '--output'"),
        (["compare"], "Missing argument 'RUN...'"),
        (["predict"], "Missing argument '[RUN] PICTURE...'"),
        (["predict", "a-run"], "a-run is no file, and no run in runs"),
        (["train"], "Did you mean 'run'?"),
        (["ls"], "Did you mean 'runs'?"),
        (["rm"], "Did you mean 'clean'?"),
    ],
)
def test_a_mistake_in_the_command_costs_one_line(
    words: list[str], said: str, capsys: Output
) -> None:
    assert main(words) == 2
    line = the_mistake(capsys)
    assert line.startswith("error: ")
    assert said in line


WRONG_SETTINGS = [
    ("accelerator.xla=maybe", "accelerator.xla"),
    ("candidate.loss=nonsense", "candidate.loss"),
    ("gate.min_accuracy=85", "gate.min_accuracy"),
    ("dataset.shape=128,128,4", "dataset.shape"),
    ("candidate.batch_size=1e20", "candidate.batch_size"),
    ("name=../escape", "name"),
    ("name=Letters_Dropout", "name"),
    (f"name={140 * 'a'}", "name"),
]


@pytest.mark.parametrize(("assignment", "setting"), WRONG_SETTINGS)
@pytest.mark.parametrize("command", [["run"], ["compile", "--image=i", "--output=a.yaml"]])
def test_a_wrong_setting_costs_one_line_before_anything_is_written(
    command: list[str], assignment: str, setting: str, empty_folder: Path, capsys: Output
) -> None:
    assert main([*command, "mlp-batchnorm", "--set", assignment]) == 2
    assert setting in the_mistake(capsys)
    assert list(empty_folder.iterdir()) == []
    assert not (empty_folder.parent / "escape").exists()


A_COMMAND = '''
import click

@click.command
@click.option("--name", required=True)
def command(name: str) -> int:
    """Greet somebody."""
    print(f"hello, {name}")
    return 7
'''


def test_a_new_file_is_a_new_command(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    (empty_folder / "greet.py").write_text(A_COMMAND)
    path = [*pipeline.cli.commands.__path__, str(empty_folder)]
    monkeypatch.setattr(pipeline.cli.commands, "__path__", path)
    assert main(["greet", "--name=you"]) == 7
    assert capsys.readouterr().out == "hello, you\n"
    assert main(["--help"]) == 0
    assert re.search(r"^  greet +Greet somebody$", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "error", "exit_code", "said"),
    [
        ("mistaken", "components.errors.UserError('no such thing: name another')", 2, "error: no "),
        ("interrupted", "KeyboardInterrupt", 130, ""),
    ],
)
def test_what_a_command_raises_becomes_an_exit_code(
    name: str,
    error: str,
    exit_code: int,
    said: str,
    empty_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Output,
) -> None:
    (empty_folder / f"{name}.py").write_text(
        "import click\nimport components.errors\n\n"
        f"@click.command\ndef command():\n    raise {error}\n"
    )
    monkeypatch.setattr(pipeline.cli.commands, "__path__", [str(empty_folder)])
    assert main([name]) == exit_code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert len(err.splitlines()) == 1  # click ends the terminal's ^C with an empty line


_WAIT = "time.sleep(60)"
_WAIT_AND_MISTAKE_IT = "try:\n        time.sleep(60)\n    except:\n        raise ImportError"


@pytest.mark.usefixtures("new_signals")
@pytest.mark.parametrize("work", [_WAIT, _WAIT_AND_MISTAKE_IT])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_with_the_exit_code_that_shells_have(
    number: signal.Signals, work: str, empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"patient{int(number)}_{len(work)}"
    (empty_folder / f"{name}.py").write_text(
        "import os, threading, time\nimport click\n\n"
        "@click.command\ndef command():\n"
        f"    threading.Timer(0.1, os.kill, (os.getpid(), {int(number)})).start()\n    {work}\n"
    )
    monkeypatch.setattr(pipeline.cli.commands, "__path__", [str(empty_folder)])
    assert main([name]) == 128 + number
    handler = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    assert signal.getsignal(number) == handler


def test_ctrl_c_before_a_command_is_imported_ends_without_a_traceback() -> None:
    program = """
import os, signal, sys
from pipeline.__main__ import start

class Finder:
    def find_spec(self, name, *_):
        if name == "pipeline.cli.main":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
start()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        preexec_fn=take_signals,
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


def test_a_closed_pipe_is_a_failure_without_a_traceback(empty_folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "list"],
        cwd=empty_folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
@pytest.mark.parametrize("words", [["list"], ["runs"], ["--help"], ["describe", "mlp-batchnorm"]])
def test_a_full_disk_under_the_output_is_one_line(words: list[str], empty_folder: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *words],
            cwd=empty_folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    line = "error: No space left on device: make room, and run the same command again\n"
    assert (done.returncode, done.stderr) == (2, line)

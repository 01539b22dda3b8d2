from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.console import following, output_into, say, say_json, say_prose
from tests.conftest import PROJECT


def node(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {"kind": "node", "time": time.time(), "node": name, "state": state, **more}


def test_elsewhere_than_on_a_terminal_events_are_plain_lines(tmp_path: Path) -> None:
    out = io.StringIO()
    with following(tmp_path / "events", out):
        for event in (node("ExampleGen", "running"), node("ExampleGen", "done", seconds=1.0)):
            with open(tmp_path / "events", "a") as file:
                file.write(json.dumps(event) + "\n")
    assert out.getvalue().splitlines() == [
        "ExampleGen         running",
        "ExampleGen         done       1.0 s",
    ]


def test_on_a_terminal_there_is_a_table_and_nothing_of_what_others_print(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = io.StringIO()
    events = [{"kind": "run", "nodes": ["ExampleGen"]}, node("ExampleGen", "running")]
    (tmp_path / "events").write_text("".join(json.dumps(event) + "\n" for event in events))
    with following(tmp_path / "events", out, is_terminal=True):
        print("noise")
        print("more noise", file=sys.stderr)
        time.sleep(0.6)
        print("noise again")
    shown = out.getvalue()
    assert "running" in shown
    assert "noise" not in shown
    assert capsys.readouterr() == ("noise\nnoise again\n", "more noise\n")


def test_the_noise_goes_into_the_log_and_the_rest_to_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with output_into(tmp_path / "log") as terminal:
        os.write(1, b"from C, standard output\n")
        os.write(2, b"from C, standard error\n")
        print("for people", file=terminal)
    os.write(1, b"after\n")
    assert (tmp_path / "log").read_text() == "from C, standard output\nfrom C, standard error\n"
    assert capfd.readouterr().out == "for people\nafter\n"


def test_what_a_buffer_holds_goes_where_it_was_printed_to(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from pipeline.cli.console import output_into\n"
        "print('before')\n"
        "with output_into(Path('log')): print('inside')\n"
        "print('after')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "before\nafter\n"
    assert (tmp_path / "log").read_text() == "inside\n"


def test_a_log_is_no_program(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with output_into(tmp_path / "log.txt"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "log.txt").stat().st_mode & 0o777 == 0o666


def test_what_is_said_is_one_line_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KFP_TOKEN", "t0ken-value")
    say("a\nb t0ken-value https://me:pw@host")
    assert capsys.readouterr().out == "a\\nb *** https://me:***@host\n"


def test_json_is_ascii_without_secrets_and_what_acts_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KFP_TOKEN", "t0ken-value")
    say_json({"name": "\x1b[2J\u202e t0ken-value", "where": Path("a")})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"name": "\x1b[2J\u202e ***", "where": "a"}
    with pytest.raises(ValueError, match="not JSON compliant"):
        say_json([float("nan")])


def on_a_terminal(code: str, columns: int) -> list[str]:
    """The lines that a program leaves on a terminal of so many columns."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("4H", 40, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("COLUMNS", None)
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=there,
        stdout=there,
        stderr=there,
        cwd=PROJECT,
        env=environment,
    ) as program:
        os.close(there)
        printed = b""
        with contextlib.suppress(OSError):  # Linux says so where a terminal's other end is closed
            while part := os.read(here, 4096):
                printed += part
    os.close(here)
    assert program.returncode == 0, printed
    return re.sub(r"\x1b\[[\d;]*m", "", printed.decode()).splitlines()


def test_on_a_terminal_sentences_end_between_words_and_paths_stay_whole() -> None:
    code = """
from pathlib import Path
from pipeline.cli.console import say_prose
from pipeline.report.terminal import print_summary
from tests.pipeline.report.run_result import a_summary
say_prose("note: " + "seven and " * 20)
print_summary(a_summary(), Path("/" + "a folder/" * 20 + "report.html"))
"""
    lines = on_a_terminal(code, columns=60)
    assert lines[0] == "note: seven and seven and seven and seven and seven and"
    page = lines[-1]
    assert page == "report: /" + "a folder/" * 20 + "report.html"
    assert all(len(line) <= 60 for line in lines[:-1])
    assert any(line.startswith("Yes, it paid off") for line in lines)


def test_elsewhere_a_sentence_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say_prose("seven and " * 20 + "eight")
    assert capsys.readouterr().out == "seven and " * 20 + "eight\n"

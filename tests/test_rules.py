"""The rules of the house: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def test_the_import_rules_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "3 kept, 0 broken" in done.stdout


def test_the_command_line_starts_without_tensorflow() -> None:
    code = "import pipeline.cli.main, sys; print('tensorflow' in sys.modules, 'tfx' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"


def test_files_and_functions_stay_short() -> None:
    long = []
    rooms = (PROJECT / room for room in ("pipeline", "components"))
    for file in sorted(file for room in rooms for file in room.rglob("*.py")):
        text, name = file.read_text(), str(file.relative_to(PROJECT))
        if len(text.splitlines()) > 300:
            long.append(name)
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if (node.end_lineno or 0) - node.lineno >= 60:
                long.append(f"{name}: {node.name}")
    assert long == []

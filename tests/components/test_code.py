from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components.code import code_fingerprint, load
from components.errors import UserError


def test_an_object_is_loaded_by_its_import_path() -> None:
    assert load("components.errors.UserError") is UserError


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("no_such_module.thing", "no module 'no_such_module'"),
        ("components.no_such.thing", "no module 'components.no_such'"),
        ("components.errors.nothing", "has no 'nothing'"),
        ("loose", "not an import path"),
    ],
)
def test_what_is_not_there_is_named(path: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        load(path)


def fingerprint(folder: Path, path: str) -> str:
    """The fingerprint as a new process sees it."""
    code = f"from components.code import code_fingerprint; print(code_fingerprint({path!r}))"
    return subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"},
    ).stdout


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """mine/model.py imports mine/layers.py and mine/deep/more.py, but not mine/other.py."""
    for name, text in {
        "__init__": "",
        "model": "from mine.layers import x\nfrom .deep import more\n\ndef build(): ...\n",
        "layers": "x = 1\n",
        "other": "y = 1\n",
        "deep/__init__": "",
        "deep/more": "z = 1\n",
    }.items():
        file = tmp_path / "mine" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("edited", "changes"),
    [
        ("model", True),
        ("layers", True),
        ("deep/more", True),
        ("__init__", True),
        ("other", False),
    ],
)
def test_an_edit_counts_where_the_code_is_used(package: Path, edited: str, changes: bool) -> None:
    before = fingerprint(package, "mine.model.build")
    file = package / "mine" / f"{edited}.py"
    file.write_text(file.read_text() + "\n# edited\n")
    assert (fingerprint(package, "mine.model.build") != before) == changes


def test_the_models_do_not_share_their_fingerprints() -> None:
    arms = {
        code_fingerprint("components.trainer.run.run_fn", f"components.trainer.models.{name}.build")
        for name in ("mlp", "bn_mlp")
    }
    assert len(arms) == 2

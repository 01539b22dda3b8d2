from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import UserError
from components.yaml_file import read_yaml


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "a.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_plain_values_and_aliases_are_read(tmp_path: Path) -> None:
    content = "a: &x [1, 2.5, yes, null]\nb: {c: *x}\n"
    assert read_yaml(written(tmp_path, content)) == {
        "a": [1, 2.5, True, None],
        "b": {"c": [1, 2.5, True, None]},
    }
    assert read_yaml(written(tmp_path, "")) is None


LAUGHS = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
)
MERGED = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 20)
)

DEEPER = "a: &a [[[[[1]]]]]\nb: &b [[[[[[[[[[*a]]]]]]]]]]\nc: " + "[" * 20 + "*b" + "]" * 20


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LAUGHS, "with its aliases, it holds too many values or levels"),
        (MERGED, "with its aliases, it holds too many values or levels"),
        ("[" * 50 + "]" * 50, "it is nested more than 32 levels deep"),
        (DEEPER, "with its aliases, it holds too many values or levels"),
        ("[" * 40_000, "it is nested more than 32 levels deep"),
        ("- " * 20_000, "it is nested more than 32 levels deep"),
        ("&a [*a]", "a list in it holds itself"),
        ("a: [1", "is not YAML: expected ',' or ']', but got '<stream end>' in line 1"),
        (b"\xff\xfe", "is not YAML: 'utf-8' codec can't decode"),
        ("a: 2020-99-99", "is not YAML: month must be in 1..12"),
        ("!!python/object/apply:os.system [id]", "could not determine a constructor"),
        ("? [1]\n: 2", "found unhashable key in line 1"),
        ("a: !!int ''", "is not YAML"),
        ("a: !!timestamp x", "is not YAML"),
        ("a: " + "1" * 5000, "is not YAML: Exceeds the limit"),
        ("a\n" * 100_000, "bytes: more than 49,152 are not read"),
    ],
)
def test_what_no_person_writes_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    began = time.process_time()
    with pytest.raises(UserError, match=said) as caught:
        read_yaml(written(tmp_path, content))
    assert "\n" not in str(caught.value)
    assert time.process_time() - began < 10


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    with pytest.raises(UserError, match="a.yaml is a pipe"):
        read_yaml(tmp_path / "a.yaml")


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab01 \n\t-:?,[]{}&*!|>'\"%#@<=.~"), max_size=60))
def test_any_text_is_yaml_or_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        read_yaml(written(tmp_path_factory.getbasetemp(), text))
    except UserError as error:
        assert "\n" not in str(error)

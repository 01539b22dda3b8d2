from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.text import in_line, masked, masked_answer, traceback_in_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("dog\u202egod", "dog\\u202egod"),
        ("\u2066isolated", "\\u2066isolated"),
        ("\x9b31m", "\\x9b31m"),  # a control sequence in one character
        ("\u2028", "\\u2028"),
        ("caf\udce9", "caf\\udce9"),  # a file's name in Latin-1
        ("[bold]$x$ <b> &amp;", "[bold]$x$ <b> &amp;"),
    ],
)
def test_what_would_do_something_is_shown_escaped(text: str, shown: str) -> None:
    assert in_line(text) == shown


@pytest.mark.parametrize("text", ["café – 犬\u3000猫", "سگ\u200cها", "👩\u200d🔬", "x\u00a0y"])
def test_all_languages_stay_as_they_are(text: str) -> None:
    assert in_line(text) == text


@given(st.text(), st.integers(10, 50))
def test_any_text_becomes_a_line_that_can_be_printed(text: str, longest: int) -> None:
    line = in_line(text, longest)
    assert len(line) <= longest
    assert len(f"{line}.".splitlines()) == 1
    assert not {unicodedata.category(c) for c in line} & {"Cc", "Cs"}
    assert in_line(line, longest) == line
    line.encode()


def test_what_is_long_is_cut_in_its_middle() -> None:
    assert in_line("a" * 50 + "b" * 50, 5) == "aa…bb"


def test_secrets_of_the_environment_are_masked_wherever_they_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KFP_COOKIES", "authservice_session=c00kie-value; other=0ther-1")
    monkeypatch.setenv("KFP_TOKEN", "t0ken-value")
    said = "you sent c00kie-value and 0ther-1, with t0ken-value"
    assert masked(said) == "you sent *** and ***, with ***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def-123", "Authorization: ***"),
        ("{'Set-Cookie': 'session=abc; Path=/', 'Date': 1}", "{'Set-Cookie': '***', 'Date': 1}"),
        ('{"cookie":"a=b; c=d","code":7}', '{"cookie":"***","code":7}'),
        ("refused bearer eyJhbGciOi.J9", "refused bearer ***"),
        ('{"access_token": "abc", "code": 7}', '{"access_token": "***", "code": 7}'),
        ("/b/o?X-Amz-Signature=abc&a=1", "/b/o?X-Amz-Signature=***&a=1"),
        ("password=hunter2 for user=me", "password=*** for user=me"),
        ("no session for the token", "no session for the token"),
    ],
)
def test_what_looks_like_a_secret_in_an_answer_is_masked(text: str, shown: str) -> None:
    assert masked_answer(text) == shown


def test_passwords_in_addresses_are_masked() -> None:
    assert masked("no answer from https://me:pw@host:80/a@b") == (
        "no answer from https://me:***@host:80/a@b"
    )
    assert masked("https://host:8080/x?mail=a@b") == "https://host:8080/x?mail=a@b"


def test_a_traceback_in_a_log_has_its_lines_and_nothing_else_of_the_terminal() -> None:
    try:
        raise ValueError("\x1b]0;title\x07\nsecond")
    except ValueError:
        lines = traceback_in_lines().splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-2:] == ["ValueError: \\x1b]0;title\\x07", "second"]

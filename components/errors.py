"""The one exception for mistakes that a person can fix, and what any exception says in a line."""

from __future__ import annotations

import re

from components.text import in_line, masked


class UserError(Exception):
    r"""A user's mistake. Its text is one line: what is wrong, and what to do about it.

    Names from outside (of files, of what a pickle calls) may hold line breaks and control
    characters: these are shown escaped, as "\n", see `components.text`.
    """

    def __init__(self, text: str):
        super().__init__(in_line(masked(text)))


def user_error_in(error: BaseException) -> str | None:
    """Finds the text of a `UserError` behind an exception, or None where there is none.

    Beam hands exceptions of its workers on as the text of their traceback, so the
    text is searched too.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return _without_beam_step(str(cause))
        if text := user_error_in_text(str(cause)):
            return text
        cause = cause.__cause__ or cause.__context__
    return None


def user_error_in_text(text: str) -> str | None:
    """The last `UserError` that a text with tracebacks tells, or None."""
    found = re.findall(r"^(?:[\w.]+\.)?UserError: (.+)$", text, flags=re.MULTILINE)
    return _without_beam_step(found[-1]) if found else None


def reason_of(error: BaseException) -> str:
    """An exception's name and reason, in a line; of a worker's that Beam tells of, the worker's."""
    text = str(error).strip()
    if grpc := re.search(r"of RPC that terminated with:.+?details = \"(.+?)\"$", text, re.S | re.M):
        return f"gRPC: {grpc[1]}"
    if "Traceback (most recent call last):" in text:
        told = re.findall(r"^(?:\w+\.)*(\w+: .+)$", text, flags=re.MULTILINE)
        if told:
            return _without_beam_step(told[-1])
    return f"{type(error).__name__}: {(text.splitlines() or [''])[0]}"


def _without_beam_step(text: str) -> str:
    return re.sub(r" \[while running '.*", "", text, flags=re.DOTALL).strip()
